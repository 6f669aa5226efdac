package proc

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// RootMount is what /proc/<pid>/mountinfo tells about `/`.
type RootMount struct {
	// Fingerprint is the SHA-256 of the overlay's lower layers in order, empty where `/` is no overlay.
	Fingerprint string
	ReadOnly    bool
}

// ParseRootMount reads the text of mountinfo. The last line for `/` counts: it lies on top of the others.
func ParseRootMount(mountinfo string) RootMount {
	root := RootMount{}
	for line := range strings.SplitSeq(mountinfo, "\n") {
		// A number of optional fields ends with a lone dash, proc_pid_mountinfo(5).
		mount, source, found := strings.Cut(line, " - ")
		fields, kind := strings.Fields(mount), strings.Fields(source)
		if !found || len(fields) < 6 || fields[4] != "/" || len(kind) < 3 {
			continue
		}
		options, superOptions := strings.Split(fields[5], ","), strings.Split(kind[2], ",")
		root = RootMount{ReadOnly: slices.Contains(options, "ro") || slices.Contains(superOptions, "ro")}
		if kind[0] == "overlay" {
			root.Fingerprint = fingerprint(superOptions)
		}
	}
	return root
}

// Older kernels list the layers in one option, newer mount calls in one `lowerdir+` each.
func fingerprint(options []string) string {
	var layers []string
	for _, option := range options {
		key, value, _ := strings.Cut(option, "=")
		if key == "lowerdir" || key == "lowerdir+" {
			layers = append(layers, value)
		}
	}
	sum := sha256.Sum256([]byte(strings.Join(layers, ":")))
	return hex.EncodeToString(sum[:])
}
