package malice

// encoded-payload.go finds code that stands encoded in the source and is decoded to
// be run.

import (
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
)

// runners run a text as code or as a command, by canonical name; the first argument
// is the text.
var runners = map[string]bool{
	"eval": true, "exec": true, "builtins.eval": true, "builtins.exec": true, "compile": true, "os.system": true, "os.popen": true,
	"subprocess.run": true, "subprocess.call": true, "subprocess.Popen": true, "subprocess.check_output": true, "subprocess.check_call": true,
	"subprocess.getoutput": true, "marshal.loads": true, "types.FunctionType": true,
	"Function": true, "globalThis.eval": true, "vm.runInNewContext": true, "vm.runInThisContext": true,
	"child_process.exec": true, "child_process.execSync": true,
	"os/exec.Command": true, "os/exec.CommandContext": true,
}

// runnerNames are their last names, by which calls are listed.
var runnerNames = func() []string {
	seen := map[string]bool{}
	var names []string
	for name := range runners {
		if i := strings.LastIndexByte(name, '.'); i >= 0 {
			name = name[i+1:]
		}
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}()

// decoders undo an encoding.
var decoders = map[string]bool{
	"base64.b64decode": true, "base64.b32decode": true, "base64.b85decode": true, "base64.a85decode": true, "base64.urlsafe_b64decode": true,
	"base64.decodebytes": true, "binascii.unhexlify": true, "binascii.a2b_base64": true, "bytes.fromhex": true, "codecs.decode": true,
	"zlib.decompress": true, "gzip.decompress": true, "bz2.decompress": true, "lzma.decompress": true, "marshal.loads": true,
	"atob": true, "unescape": true, "String.fromCharCode": true, "Buffer.from": true, "buffer.Buffer.from": true,
	"encoding/base64.StdEncoding.DecodeString": true, "encoding/base64.URLEncoding.DecodeString": true,
	"encoding/base64.RawStdEncoding.DecodeString": true, "encoding/hex.DecodeString": true,
}

// minPayload is the length of the shortest literal that is taken for a payload. Less
// holds no code worth hiding, and examples in documentation are short.
const minPayload = 24

// encodedPayload reports calls that run what is decoded from a literal of the file.
func encodedPayload(p *rule.Pass) {
	if p.TestFile() {
		return
	}
	for _, c := range p.Calls(runnerNames...) {
		name := c.Name()
		if !runners[name] {
			continue
		}
		for _, arg := range c.Value.Args {
			if arg == nil || !decodesLiteral(p, rule.Part{Func: c.Func, Value: arg}) {
				continue
			}
			p.Report(rule.Finding{Span: c.Span(), Tool: toolOf(p, c.Func), Sink: name, Parameter: "a text of this file"})
			break
		}
	}
}

// decodesLiteral reports whether a value is decoded from a long literal.
func decodesLiteral(p *rule.Pass, at rule.Part) bool {
	found := false
	within(p, at, func(part rule.Part) bool {
		v := part.Value
		if v.Op == program.OpFunc {
			return false
		}
		if v.Op == program.OpCall && v.X != nil && decoders[p.File.Canonical(part.Func, v.X)] && encodes(p, part) {
			found = true
		}
		return !found
	})
	return found
}

// encodes reports whether what a decoder is given is written out in the file, and long
// enough to hold code. Buffer.from decodes only where it names an encoding.
func encodes(p *rule.Pass, at rule.Part) bool {
	v := at.Value
	if v.X.Name == "from" {
		if len(v.Args) < 2 || v.Args[1] == nil || (v.Args[1].Str != "base64" && v.Args[1].Str != "hex") {
			return false
		}
	}
	if v.X.Name == "fromCharCode" && len(v.Args) >= minPayload {
		return true
	}
	long := false
	for _, arg := range v.Args {
		within(p, rule.Part{Func: at.Func, Value: arg}, func(part rule.Part) bool {
			if part.Value.Op == program.OpConst && len(part.Value.Str) >= minPayload {
				long = true
			}
			return !long
		})
	}
	return long
}
