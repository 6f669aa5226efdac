module kdev/box/init

go 1.24.0
