module kdev/sidecar

go 1.24
