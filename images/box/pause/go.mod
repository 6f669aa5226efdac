module kdev/box/pause

go 1.24.0
