package main

// setns(2), which the package syscall does not name on every processor.
const sysSetns = 308
