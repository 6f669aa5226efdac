module kdev/bench/observer

go 1.24
