// Package safefile reads and writes files in folders that strangers may have filled: it
// reads regular files up to a bound, and writes whole files or nothing, never through
// a link.
package safefile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Read reads a file that is neither a link nor a device nor larger than limit bytes.
// The error of one that does not exist is [fs.ErrNotExist].
func Read(name string, limit int64) ([]byte, error) {
	info, err := os.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > limit {
		return nil, fmt.Errorf("%s is not a regular file of at most %d bytes", name, limit)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}

// Writable says why a file of that name cannot be written, as far as can be told
// beforehand: only a regular file is replaced, in a folder that exists.
func Writable(name string) error {
	folder := filepath.Dir(name)
	info, err := os.Stat(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no folder %s", folder)
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is not a folder", folder)
	}
	info, err = os.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%s is a folder", name)
	case info.Mode()&fs.ModeSymlink != 0:
		return fmt.Errorf("%s is a link, and nothing is written through links", name)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file", name)
	}
	return nil
}

// Write writes a file whole or not at all. One that is there keeps its mode; a new one
// gets that of the process's mask.
func Write(name string, data []byte) error {
	if err := Writable(name); err != nil {
		return err
	}
	tmp := filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+"."+rand.Text())
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer os.Remove(tmp) // fails once it is renamed
	if info, err := os.Lstat(name); err == nil {
		if err := f.Chmod(info.Mode().Perm()); err != nil {
			f.Close()
			return err
		}
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(tmp, name)
}

// Folder makes a folder below another, one level after the other. A link on the way is
// an error.
func Folder(base, rel string) (string, error) {
	if !filepath.IsLocal(rel) {
		return "", fmt.Errorf("%s does not lie below %s", rel, base)
	}
	at := base
	for _, part := range split(filepath.Clean(rel)) {
		at = filepath.Join(at, part)
		if err := os.Mkdir(at, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return "", err
		}
		if info, err := os.Lstat(at); err != nil || !info.IsDir() {
			return "", fmt.Errorf("%s is no folder of its own, and nothing is written through links", at)
		}
	}
	return at, nil
}

func split(path string) []string {
	if dir, last := filepath.Dir(path), filepath.Base(path); dir != "." {
		return append(split(dir), last)
	}
	return []string{filepath.Base(path)}
}
