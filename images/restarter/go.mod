module kdev/restarter

go 1.24
