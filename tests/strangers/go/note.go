package main

import (
	"crypto/ed25519"
	"crypto/mldsa"
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// cosigner verifies the kinds that sumdb/note does not know: c2sp.org/tlog-cosignature, 0x04 and 0x06.
type cosigner struct {
	name string
	hash uint32
	kind byte
	key  []byte
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }

func (c *cosigner) Verify(msg, sig []byte) bool {
	if len(sig) < 8 {
		return false
	}
	stamp := binary.BigEndian.Uint64(sig)
	tree, origin, err := parseCheckpoint(string(msg))
	if err != nil || stamp >= 1<<63 {
		return false
	}
	if c.kind == 4 {
		signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", stamp, msg)
		return len(sig) == 8+ed25519.SignatureSize && ed25519.Verify(c.key, []byte(signed), sig[8:])
	}
	signed := []byte("subtree/v1\n\x00")
	signed = append(append(signed, byte(len(c.name))), c.name...)
	signed = binary.BigEndian.AppendUint64(signed, stamp)
	signed = append(append(signed, byte(len(origin))), origin...)
	signed = binary.BigEndian.AppendUint64(signed, 0)
	signed = binary.BigEndian.AppendUint64(signed, uint64(tree.N))
	signed = append(signed, tree.Hash[:]...)
	return verifyMLDSA(mldsa.MLDSA44(), c.key, signed, sig[8:], "") == nil
}

func verifyMLDSA(set mldsa.Parameters, key, message, sig []byte, context string) error {
	public, err := mldsa.NewPublicKey(set, key)
	if err != nil {
		return err
	}
	return mldsa.Verify(public, message, sig, &mldsa.Options{Context: context})
}

// verifier reads a vkey; sumdb/note reads those of the kind it knows.
func verifier(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 || len(parts[1]) != 8 {
		return nil, fmt.Errorf("malformed vkey %.40q", vkey)
	}
	raw, err := unbase64(parts[2])
	if err != nil || len(raw) < 1 {
		return nil, fmt.Errorf("malformed vkey %.40q", vkey)
	}
	if raw[0] == 1 {
		return note.NewVerifier(vkey)
	}
	hash, err := strconv.ParseUint(parts[1], 16, 32)
	if err != nil || !(raw[0] == 4 && len(raw) == 33 || raw[0] == 6 && len(raw) == 1313) {
		return nil, fmt.Errorf("malformed vkey %.40q", vkey)
	}
	return &cosigner{parts[0], uint32(hash), raw[0], raw[1:]}, nil
}

// openNote returns a note's text and how many of the keys signed it; a false line of a known key is an error.
func openNote(data []byte, vkeys []string) (string, int, error) {
	var known []note.Verifier
	for _, vkey := range vkeys {
		one, err := verifier(vkey)
		if err != nil {
			return "", 0, err
		}
		known = append(known, one)
	}
	opened, err := note.Open(data, note.VerifierList(known...))
	if err != nil {
		return "", 0, err
	}
	return opened.Text, len(opened.Sigs), nil
}

// openHead returns the head in a note that every one of the keys signed.
func openHead(data []byte, vkeys []string) (tlog.Tree, string, error) {
	text, signed, err := openNote(data, vkeys)
	if err != nil {
		return tlog.Tree{}, "", err
	}
	if signed != len(vkeys) {
		return tlog.Tree{}, "", fmt.Errorf("%d of %d keys signed the head", signed, len(vkeys))
	}
	return parseCheckpoint(text)
}

// checkHead returns what a head in a file says, when every one of the keys in another signed it.
func checkHead(path, vkeyFile string) (map[string]any, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	vkeys, err := readVkeys(vkeyFile)
	if err != nil {
		return nil, err
	}
	tree, origin, err := openHead(data, vkeys)
	return map[string]any{"origin": origin, "size": tree.N, "signatures": len(vkeys)}, err
}

// parseCheckpoint reads c2sp.org/tlog-checkpoint without extension lines.
func parseCheckpoint(text string) (tree tlog.Tree, origin string, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return tree, "", fmt.Errorf("a checkpoint has three lines")
	}
	if err = checkName(lines[0]); err != nil {
		return tree, "", err
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return tree, "", fmt.Errorf("size %q", lines[1])
	}
	raw, err := unbase64(lines[2])
	if err != nil || len(raw) != tlog.HashSize {
		return tree, "", fmt.Errorf("root %q", lines[2])
	}
	tree.N = size
	copy(tree.Hash[:], raw)
	return tree, lines[0], nil
}

func readVkeys(path string) ([]string, error) {
	data, err := os.ReadFile(path)
	return strings.Fields(string(data)), err
}
