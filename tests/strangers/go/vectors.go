package main

import (
	"crypto/ed25519"
	"crypto/mldsa"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"

	"golang.org/x/mod/sumdb/tlog"
)

// row is one case of any kind: what a kind does not use stays empty.
type row struct {
	Public, Message, Context, Signature json.RawMessage
	Edits, Public_edits                 [][2]any
	Length, Public_length               *int
	Kind, Body                          *string
	Note, Type, Leaf, Root              string
	Index, Size, Small, Large           int64
	Small_root, Large_root              string
	Proof                               []string
	Path, Put                           string
	At                                  int
	Cut                                 bool
	Evidence                            string
}

type file struct {
	Kind  string
	Base  row
	Vkeys []string
	Head  string
	Files map[string]string
	Cases []row
}

var judges = map[string]func(row, file) error{
	"ed25519":     judgeEd25519,
	"mldsa44":     func(r row, f file) error { return judgeMLDSA(mldsa.MLDSA44(), r, f.Base) },
	"mldsa65":     func(r row, f file) error { return judgeMLDSA(mldsa.MLDSA65(), r, f.Base) },
	"e1":          judgeE1,
	"note":        judgeNote,
	"cosignature": judgeNote,
	"proof":       judgeProof,
	"tile":        judgeTile,
	"fork":        judgeFork,
}

func judgeNote(r row, f file) error {
	_, _, err := openHead([]byte(r.Note), f.Vkeys)
	return err
}

func judgeAll(dir string) (map[string][]bool, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	found := map[string][]bool{}
	for _, name := range names {
		var kind struct{ Kind string }
		if err := readJSON(name, &kind); err != nil {
			return nil, err
		}
		judge, known := judges[kind.Kind]
		if !known {
			continue
		}
		var read file
		if err := readJSON(name, &read); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, one := range read.Cases {
			found[read.Kind] = append(found[read.Kind], judge(one, read) == nil)
		}
	}
	return found, nil
}

// raw reads a hexadecimal field, the case's own or the base's.
func raw(own, base json.RawMessage) ([]byte, error) {
	if own == nil {
		own = base
	}
	var text string
	if err := json.Unmarshal(own, &text); err != nil {
		return nil, err
	}
	return hex.DecodeString(text)
}

func judgeEd25519(r row, _ file) error {
	key, err := raw(r.Public, nil)
	if err != nil {
		return err
	}
	message, err := raw(r.Message, nil)
	if err != nil {
		return err
	}
	signature, err := raw(r.Signature, nil)
	if err != nil {
		return err
	}
	if len(key) != ed25519.PublicKeySize || !ed25519.Verify(key, message, signature) {
		return fmt.Errorf("it does not verify")
	}
	return nil
}

func edited(data []byte, edits [][2]any, length *int) ([]byte, error) {
	if length != nil {
		data = append(data, make([]byte, max(0, *length-len(data)))...)[:*length]
	}
	for _, edit := range edits {
		put, err := hex.DecodeString(edit[1].(string))
		if err != nil {
			return nil, err
		}
		copy(data[int(edit[0].(float64)):], put)
	}
	return data, nil
}

func judgeMLDSA(set mldsa.Parameters, r, base row) error {
	var fields [3][]byte
	for i, pair := range [][2]json.RawMessage{{r.Message, base.Message}, {r.Context, base.Context}, {nil, base.Signature}} {
		var err error
		if fields[i], err = raw(pair[0], pair[1]); err != nil {
			return err
		}
	}
	key, err := raw(nil, base.Public)
	if err != nil {
		return err
	}
	if key, err = edited(key, r.Public_edits, r.Public_length); err != nil {
		return err
	}
	signature, err := edited(fields[2], r.Edits, r.Length)
	if err != nil {
		return err
	}
	return verifyMLDSA(set, key, fields[0], signature, string(fields[1]))
}

func judgeE1(r row, f file) error {
	public, kind, body := r.Public, r.Kind, r.Body
	if public == nil {
		public = f.Base.Public
	}
	if kind == nil {
		kind = f.Base.Kind
	}
	if body == nil {
		body = f.Base.Body
	}
	var key e1Key
	if err := json.Unmarshal(public, &key); err != nil {
		return err
	}
	var signature map[string]string
	if err := json.Unmarshal(r.Signature, &signature); err != nil {
		return err
	}
	return verifyE1(key, *kind, []byte(*body), signature)
}

func oneHash(text string) (tlog.Hash, error) {
	found, err := hashList([]string{text})
	if err != nil {
		return tlog.Hash{}, err
	}
	return found[0], nil
}

func judgeProof(r row, _ file) error {
	steps, err := hashList(r.Proof)
	if err != nil {
		return err
	}
	if r.Type == "inclusion" {
		root, err := oneHash(r.Root)
		if err != nil {
			return err
		}
		leaf, err := oneHash(r.Leaf)
		if err != nil {
			return err
		}
		return tlog.CheckRecord(steps, r.Size, root, r.Index, leaf)
	}
	small, err := oneHash(r.Small_root)
	if err != nil {
		return err
	}
	large, err := oneHash(r.Large_root)
	if err != nil {
		return err
	}
	return tlog.CheckTree(steps, r.Large, large, r.Small, small)
}

func judgeTile(r row, f file) error {
	tree, _, err := parseCheckpoint(f.Head)
	if err != nil {
		return err
	}
	put, err := hex.DecodeString(r.Put)
	if err != nil {
		return err
	}
	_, _, err = readLog(tree, func(path string) ([]byte, error) {
		kept, known := f.Files[path]
		if !known {
			return nil, fmt.Errorf("there is no %s", path)
		}
		data, err := hex.DecodeString(kept)
		if err != nil || path != r.Path {
			return data, err
		}
		made := append(append([]byte{}, data[:r.At]...), put...)
		if rest := r.At + len(put); !r.Cut && rest < len(data) {
			made = append(made, data[rest:]...)
		}
		return made, nil
	})
	return err
}

// judgeFork: FEED-30 and FEED-32.
func judgeFork(r row, f file) error {
	var given struct {
		V               int
		Smaller, Larger string
		Other_root      string
		Proof           []string
	}
	if err := json.Unmarshal([]byte(r.Evidence), &given); err != nil {
		return err
	}
	// Its one spelling: keys sorted, nothing else in it, hashes in lower case.
	steps, err := hashList(given.Proof)
	if err != nil {
		return err
	}
	again := map[string]any{
		"v": 1, "smaller": given.Smaller, "larger": given.Larger, "other_root": given.Other_root, "proof": given.Proof,
	}
	if spelled, err := json.Marshal(again); err != nil || string(spelled) != r.Evidence {
		return fmt.Errorf("it is not in its one spelling")
	}
	var trees [2]tlog.Tree
	var origins [2]string
	for i, text := range []string{given.Smaller, given.Larger} {
		data, err := unbase64(text)
		if err != nil {
			return err
		}
		if trees[i], origins[i], err = openHead(data, f.Vkeys); err != nil {
			return err
		}
	}
	other, err := oneHash(given.Other_root)
	if err != nil {
		return err
	}
	small, large := trees[0], trees[1]
	if origins[0] != origins[1] || small.N > large.N || small.Hash == other {
		return fmt.Errorf("the heads do not contradict each other")
	}
	if small.N == large.N {
		if other != large.Hash || len(steps) != 0 {
			return fmt.Errorf("the larger head does not have that root")
		}
		return nil
	}
	return tlog.CheckTree(steps, large.N, large.Hash, small.N, other)
}
