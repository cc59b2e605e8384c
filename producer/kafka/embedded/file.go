package embedded

import (
	"errors"
	"os"
	"path/filepath"
)

// syncer makes what was written to a file, or done to a directory, outlive a power cut.
type syncer func(*os.File) error

// writeFile puts data at path: wholly, and so that it outlives a power cut, or not at all.
func writeFile(path string, data []byte) error { return syncer((*os.File).Sync).writeFile(path, data) }

func (s syncer) writeFile(path string, data []byte) error {
	tmp, err := os.OpenFile(path+".tmp", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	if err == nil {
		err = s(tmp)
	}
	if err := errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	return s.dir(filepath.Dir(path))
}

// syncDir makes a directory's renames and removals last.
func syncDir(dir string) error { return syncer((*os.File).Sync).dir(dir) }

func (s syncer) dir(dir string) error {
	if !directoriesSync {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(s(d), d.Close())
}

// appendFile puts data behind what a file has, so that it outlives a power cut.
func appendFile(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
