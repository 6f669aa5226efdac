package proc

import "os"

// Descendants are the processes below root, zombies included, as far as one look at /proc shows them: a process
// whose parent ends meanwhile may be missing. Whether any is left is for Reap to say.
func Descendants(root int) []Stat {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	children := map[int][]Stat{}
	for _, name := range names {
		if name[0] < '0' || name[0] > '9' {
			continue
		}
		if stat, ok := ReadStat(name); ok {
			children[stat.Parent] = append(children[stat.Parent], stat)
		}
	}
	return below(root, children)
}

func below(root int, children map[int][]Stat) []Stat {
	found := append([]Stat(nil), children[root]...)
	for next := 0; next < len(found); next++ {
		// A snapshot that took a while can hold a ring of reused pids; each parent is walked once.
		pid := found[next].Pid
		found = append(found, children[pid]...)
		delete(children, pid)
	}
	return found
}
