package proc

import (
	"os"
	"reflect"
	"strconv"
	"testing"
)

const statTail = " S 7 42 42 0 -1 4194560 1 0 0 0 1 2 0 0 20 0 1 0 98765 1000 2 18446744073709551615"

func TestStatIsReadWhateverTheProcessCallsItself(t *testing.T) {
	for _, name := range []string{"node", "a b", "(", ")", ") R 1 (", "a) S 9 9"} {
		stat, ok := ParseStat([]byte("42 (" + name + ")" + statTail))
		want := Stat{Pid: 42, Parent: 7, State: 'S', StartTime: "98765"}
		if !ok || stat != want {
			t.Errorf("%q: got %+v %v, want %+v", name, stat, ok, want)
		}
	}
}

func TestWhatIsNoStatLineIsRefused(t *testing.T) {
	for _, line := range []string{"", "42", "42 (a", "42 (a) S", "x (a)" + statTail} {
		if stat, ok := ParseStat([]byte(line)); ok {
			t.Errorf("%q: got %+v", line, stat)
		}
	}
}

func TestAProcessReadsItsOwnStat(t *testing.T) {
	stat, ok := ReadStat(strconv.Itoa(os.Getpid()))
	if !ok || stat.Parent != os.Getppid() || stat.StartTime == "" {
		t.Errorf("got %+v %v", stat, ok)
	}
}

func TestIdentityHasTheEffectiveIds(t *testing.T) {
	status := "Name:\tUid: 5 5\nUid:\t1\t12345\t3\t4\nGid:\t5\t6\t7\t8\nGroups:\t6 1000 \nCapInh:\t00\nCapPrm:\t00000000a80425fb\nCapEff:\t0000000000000400\n"
	want := Identity{
		UID: 12345, GID: 6, Groups: []int{6, 1000},
		CapPermitted: "00000000a80425fb", CapEffective: "0000000000000400",
	}
	if got := ParseIdentity(status); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestNoSupplementaryGroupIsAnEmptyList(t *testing.T) {
	if groups := ParseIdentity("Groups:\t \n").Groups; groups == nil || len(groups) != 0 {
		t.Errorf("got %#v", groups)
	}
}

const volumes = "31 30 0:5 / /proc rw - proc proc rw\n40 30 8:1 /x /kdev rw - ext4 /dev/sda1 rw\n"

func TestTheFingerprintIsOfTheLowerLayersInOrder(t *testing.T) {
	print := func(options string) string {
		return ParseRootMount("30 29 0:50 / / rw,relatime shared:1 master:2 - overlay overlay rw," + options + "\n" + volumes).Fingerprint
	}
	layers := print("lowerdir=/l/2:/l/1,upperdir=/u/7,workdir=/w/7")
	if len(layers) != 64 {
		t.Fatalf("got %q", layers)
	}
	if other := print("lowerdir=/l/2:/l/1,upperdir=/u/8,workdir=/w/8,index=off"); other != layers {
		t.Error("another container of the same image has another fingerprint")
	}
	if newer := print("lowerdir+=/l/2,lowerdir+=/l/1,upperdir=/u/9,workdir=/w/9"); newer != layers {
		t.Error("layers listed one by one have another fingerprint")
	}
	if swapped := print("lowerdir=/l/1:/l/2,upperdir=/u/7"); swapped == layers {
		t.Error("the order of layers doesn't count")
	}
}

func TestARootThatIsNoOverlayHasNoFingerprint(t *testing.T) {
	root := ParseRootMount("30 29 8:1 / / rw - ext4 /dev/sda1 rw,lowerdir=/x\n" + volumes)
	if root != (RootMount{}) {
		t.Errorf("got %+v", root)
	}
}

func TestReadOnlyIsTheMountsOrTheFileSystems(t *testing.T) {
	for line, want := range map[string]bool{
		"30 29 0:50 / / ro,relatime - overlay overlay rw,lowerdir=/l": true,
		"30 29 0:50 / / rw - overlay overlay ro,lowerdir=/l":          true,
		"30 29 0:50 / / rw - overlay overlay rw,lowerdir=/ro":         false,
		"31 30 0:51 / /data ro - tmpfs tmpfs ro":                      false,
	} {
		if got := ParseRootMount(line + "\n").ReadOnly; got != want {
			t.Errorf("%s: got %v", line, got)
		}
	}
}

func TestTheLastMountOnTheRootCounts(t *testing.T) {
	text := "1 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 1 0:50 / / ro - overlay overlay rw,lowerdir=/l\n"
	if root := ParseRootMount(text); !root.ReadOnly || root.Fingerprint == "" {
		t.Errorf("got %+v", root)
	}
}

func TestDescendantsAreFoundThroughAllGenerations(t *testing.T) {
	children := map[int][]Stat{1: {{Pid: 2}, {Pid: 3}}, 2: {{Pid: 4}}, 4: {{Pid: 5}}, 9: {{Pid: 10}}, 5: {{Pid: 2}}}
	got := []int{}
	for _, stat := range below(1, children) {
		got = append(got, stat.Pid)
	}
	// The ring 2 → 4 → 5 → 2 can only come of a pid that was used again; it must end.
	if want := []int{2, 3, 4, 5, 2}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
