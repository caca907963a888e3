package safefile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := os.WriteFile(file, []byte("twelve bytes"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, link); err != nil {
		t.Skip("no links here")
	}
	if got, err := Read(file, 12); err != nil || string(got) != "twelve bytes" {
		t.Errorf("a file: %q, %v", got, err)
	}
	if _, err := Read(file, 11); err == nil {
		t.Error("a file beyond the bound was read")
	}
	if _, err := Read(link, 100); err == nil {
		t.Error("a link was followed")
	}
	if _, err := Read(dir, 100); err == nil {
		t.Error("a folder was read")
	}
	if _, err := Read(filepath.Join(dir, "none"), 100); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Skip("no links here")
	}
	if err := Write(link, []byte("new")); err == nil {
		t.Error("written through a link")
	}
	if err := Write(dir, []byte("new")); err == nil {
		t.Error("written over a folder")
	}
	if err := Write(filepath.Join(dir, "none", "file"), []byte("new")); err == nil {
		t.Error("written into a folder that is not there")
	}
	if got, _ := os.ReadFile(target); string(got) != "old" {
		t.Fatalf("the target of the link holds %q", got)
	}
	if err := Write(target, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(target); string(got) != "new" {
		t.Errorf("written %q", got)
	}
	if info, _ := os.Stat(target); info.Mode().Perm() != 0o640 {
		t.Errorf("the mode is %v", info.Mode().Perm())
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	made, err := Folder(dir, filepath.Join("a", "b"))
	if info, e := os.Stat(made); err != nil || e != nil || !info.IsDir() {
		t.Fatalf("%s: %v, %v", made, err, e)
	}
	if _, err := Folder(dir, filepath.Join("..", "out")); err == nil {
		t.Error("a folder above the base was made")
	}
	if err := os.Symlink(t.TempDir(), filepath.Join(dir, "link")); err != nil {
		t.Skip("no links here")
	}
	if _, err := Folder(dir, filepath.Join("link", "c")); err == nil {
		t.Error("a folder was made through a link")
	}
}
