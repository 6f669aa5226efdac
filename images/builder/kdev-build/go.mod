module kdev/builder/kdev-build

go 1.24
