package proc

import (
	"strconv"
	"strings"
)

// Identity is who a process is for the kernel's permission checks.
type Identity struct {
	UID, GID int
	Groups   []int
	// Capability sets as 16 hex digits.
	CapPermitted, CapEffective string
}

// ParseIdentity reads the text of /proc/<pid>/status; ids are the effective ones.
func ParseIdentity(status string) Identity {
	identity := Identity{Groups: []int{}}
	for line := range strings.SplitSeq(status, "\n") {
		key, value, _ := strings.Cut(line, ":")
		fields := strings.Fields(value)
		switch key {
		case "Uid":
			identity.UID = effective(fields)
		case "Gid":
			identity.GID = effective(fields)
		case "Groups":
			for _, field := range fields {
				if group, err := strconv.Atoi(field); err == nil {
					identity.Groups = append(identity.Groups, group)
				}
			}
		case "CapPrm":
			identity.CapPermitted = strings.TrimSpace(value)
		case "CapEff":
			identity.CapEffective = strings.TrimSpace(value)
		}
	}
	return identity
}

// effective picks the second of "real effective saved filesystem"; -1 when it isn't there.
func effective(fields []string) int {
	if len(fields) < 2 {
		return -1
	}
	id, err := strconv.Atoi(fields[1])
	if err != nil {
		return -1
	}
	return id
}
