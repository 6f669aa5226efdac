package fill

import (
	"fmt"
	"io/fs"
	"os"
	"sync"
	"syscall"
)

// copier copies a tree with several workers: a volume's file system spends most of the time of a small file waiting
// for its journal.
type copier struct {
	skip fs.FileInfo

	mutex    sync.Mutex
	more     *sync.Cond
	tasks    []task
	open     int
	problems []error
}

// task is a directory to list, or files of one directory to copy.
type task struct {
	from, to string
	names    []string
}

// Files of one directory are shared out between workers in pieces of this many.
const filesPerTask = 64

// newCopier makes a copier that doesn't descend into the directory skip: the target may lie in the source.
func newCopier(skip fs.FileInfo) *copier {
	c := &copier{skip: skip}
	c.more = sync.NewCond(&c.mutex)
	return c
}

func (c *copier) copyTree(from, to string, workers int) []error {
	c.add(task{from: from, to: to})
	var group sync.WaitGroup
	for range workers {
		group.Add(1)
		go func() {
			defer group.Done()
			c.work()
		}()
	}
	group.Wait()
	return c.problems
}

func (c *copier) work() {
	buffer := make([]byte, copyBuffer)
	for {
		task, ok := c.next()
		if !ok {
			return
		}
		if task.names == nil {
			c.list(task)
		}
		for _, name := range task.names {
			if err := copyEntry(task.from+"/"+name, task.to+"/"+name, buffer); err != nil {
				c.fail(err)
			}
		}
		c.finish()
	}
}

func (c *copier) list(dir task) {
	entries, err := os.ReadDir(dir.from)
	if err != nil {
		c.fail(sourceError(err))
	}
	names := make([]string, 0, filesPerTask)
	for _, entry := range entries {
		if entry.IsDir() {
			c.enter(dir.from+"/"+entry.Name(), dir.to+"/"+entry.Name(), entry)
			continue
		}
		if names = append(names, entry.Name()); len(names) == filesPerTask {
			c.add(task{dir.from, dir.to, names})
			names = make([]string, 0, filesPerTask)
		}
	}
	if len(names) > 0 {
		c.add(task{dir.from, dir.to, names})
	}
}

func (c *copier) enter(from, to string, entry fs.DirEntry) {
	info, err := entry.Info()
	if err != nil {
		c.fail(sourceError(err))
		return
	}
	if os.SameFile(info, c.skip) {
		return
	}
	// Owner and group are the copying process's here, so the owner's bits decide for the app.
	if err := syscall.Mkdir(to, uint32(ownerMode(info)|0o700)); err != nil {
		c.fail(fmt.Errorf("%s: %w", to, err))
		return
	}
	c.add(task{from: from, to: to})
}

func (c *copier) add(t task) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.tasks = append(c.tasks, t)
	c.open++
	c.more.Signal()
}

func (c *copier) next() (task, bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for len(c.tasks) == 0 && c.open > 0 {
		c.more.Wait()
	}
	if len(c.tasks) == 0 {
		return task{}, false
	}
	last := len(c.tasks) - 1
	t := c.tasks[last]
	c.tasks = c.tasks[:last]
	return t, true
}

func (c *copier) finish() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.open--; c.open == 0 {
		c.more.Broadcast()
	}
}

func (c *copier) fail(err error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.problems = append(c.problems, err)
}
