#include "optimizer/trial_programs.hpp"

namespace whittle::optimizer {

const std::string_view stub_source =
    R"go(// Makes packages of Go that say what others say and do nothing: whatever can be named from outside is there with
// its type, and no function has a body. Reads from stdin which, and prints the overlay for `go build`.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
)

type request struct {
	Folder   string            // for the new files
	Names    map[string]string // of every package, by import path
	Packages []struct {
		Folder string
		Files  []string
		Whole  bool // something else than Go refers to what it declares
	}
}

func main() {
	var wanted request
	check(json.NewDecoder(os.Stdin).Decode(&wanted))
	overlay := map[string]string{}
	for _, one := range wanted.Packages {
		p := &pack{names: wanted.Names, fset: token.NewFileSet(), needed: map[string]bool{}}
		for _, name := range one.Files {
			p.read(filepath.Join(one.Folder, name))
		}
		p.choose(one.Whole)
		for _, f := range p.files {
			made := filepath.Join(wanted.Folder, fmt.Sprintf("stub%d.go", len(overlay)))
			check(os.WriteFile(made, p.text(f), 0o644))
			overlay[f.path] = made
		}
	}
	check(json.NewEncoder(os.Stdout).Encode(map[string]map[string]string{"Replace": overlay}))
}

// A declaration of a package that may be left out.
type decl struct {
	names    []string // that it declares; of a method, its receiver's type
	constant bool
	always   bool
	from, to token.Pos
	keyword  string   // in front of one that stands in a group
	cuts     []cut    // what of its text is replaced
	uses     []string // identifiers
	packages []string // identifiers in front of a dot
	kept     bool
}

type cut struct {
	from, to token.Pos
	by       string
}

type file struct {
	path   string
	source []byte
	syntax *ast.File
	base   token.Pos
	decls  []*decl
}

type pack struct {
	names  map[string]string
	fset   *token.FileSet
	files  []*file
	needed map[string]bool
}

var linkname = regexp.MustCompile(`(?m)^//go:linkname (\S+).*$`)

func (p *pack) read(path string) {
	source, err := os.ReadFile(path)
	check(err)
	syntax, err := parser.ParseFile(p.fset, path, source, parser.ParseComments)
	check(err)
	f := &file{path: path, source: source, syntax: syntax, base: token.Pos(p.fset.File(syntax.Pos()).Base())}
	for _, match := range linkname.FindAllSubmatch(source, -1) {
		p.needed[string(match[1])] = true
	}
	for _, d := range syntax.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			f.decls = append(f.decls, function(d))
		case *ast.GenDecl:
			f.decls = append(f.decls, group(d)...)
		}
	}
	p.files = append(p.files, f)
}

func function(d *ast.FuncDecl) *decl {
	one := &decl{names: []string{d.Name.Name}, from: start(d, d.Doc), to: d.End(), always: d.Body == nil}
	if d.Recv != nil {
		one.names = []string{receiver(d.Recv.List[0].Type)}
	}
	if d.Recv == nil && (d.Name.Name == "init" || d.Name.Name == "_") {
		one.names = nil // nothing calls it by its name, and it does nothing any more
		return one
	}
	if d.Body != nil {
		// A caller is to keep its own code, whatever comes back: it may not see that nothing is done.
		one.cuts = append(one.cuts, cut{d.Type.Pos(), d.Type.Pos(), "//go:noinline\n"})
		one.cuts = append(one.cuts, emptied(d.Type, d.Body)...)
	}
	one.collect(d.Type)
	if d.Recv != nil {
		one.collect(d.Recv)
	}
	return one
}

// What makes a function return nothing but zeros: every result has a name, and the body only returns.
func emptied(t *ast.FuncType, body *ast.BlockStmt) []cut {
	cuts := []cut{{body.Pos(), body.End(), "{ return }"}}
	if t.Results == nil || len(t.Results.List) == 0 || len(t.Results.List[0].Names) > 0 {
		return cuts
	}
	opening, closing := "_ ", ""
	if !t.Results.Opening.IsValid() {
		opening, closing = "(_ ", ")"
	}
	for _, result := range t.Results.List {
		cuts = append(cuts, cut{result.Type.Pos(), result.Type.Pos(), opening})
	}
	return append(cuts, cut{t.Results.End(), t.Results.End(), closing})
}

// The declarations of a group, one by one, but constants together: they may count on.
func group(d *ast.GenDecl) []*decl {
	if d.Tok == token.IMPORT {
		return nil
	}
	if d.Tok == token.CONST || !d.Lparen.IsValid() {
		one := &decl{from: start(d, d.Doc), to: d.End(), constant: d.Tok == token.CONST}
		for _, spec := range d.Specs {
			one.add(spec)
		}
		return []*decl{one}
	}
	var all []*decl
	for _, spec := range d.Specs {
		var doc *ast.CommentGroup
		switch spec := spec.(type) {
		case *ast.ValueSpec:
			doc = spec.Doc
		case *ast.TypeSpec:
			doc = spec.Doc
		}
		one := &decl{from: spec.Pos(), to: spec.End(), keyword: directives(doc) + d.Tok.String() + " "}
		one.add(spec)
		all = append(all, one)
	}
	return all
}

func (one *decl) add(spec ast.Spec) {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		one.names = append(one.names, spec.Name.Name)
	case *ast.ValueSpec:
		for _, name := range spec.Names {
			if name.Name != "_" {
				one.names = append(one.names, name.Name)
			}
		}
		if spec.Type != nil && len(spec.Values) > 0 && !one.constant {
			one.cuts = append(one.cuts, cut{spec.Type.End(), spec.Values[len(spec.Values)-1].End(), ""})
			one.collect(spec.Type)
			return
		}
	}
	one.collect(spec)
}

// What it refers to. The bodies of functions in it are taken out.
func (one *decl) collect(node ast.Node) {
	ast.Inspect(node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			one.cuts = append(one.cuts, emptied(n.Type, n.Body)...)
			one.collect(n.Type)
			return false
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok {
				one.packages = append(one.packages, x.Name)
			}
		case *ast.Ident:
			one.uses = append(one.uses, n.Name)
		}
		return true
	})
}

// Keeps what can be named from outside and what that needs.
func (p *pack) choose(whole bool) {
	for again := true; again; {
		again = false
		for _, f := range p.files {
			for _, d := range f.decls {
				if d.kept || !p.wants(d, whole) {
					continue
				}
				d.kept, again = true, true
				for _, name := range d.uses {
					p.needed[name] = true
				}
			}
		}
	}
}

func (p *pack) wants(d *decl, whole bool) bool {
	if d.always || whole && len(d.names) > 0 {
		return true
	}
	for _, name := range d.names {
		if ast.IsExported(name) || p.needed[name] {
			return true
		}
	}
	return false
}

func (p *pack) text(f *file) []byte {
	var body bytes.Buffer
	used := map[string]bool{}
	for _, d := range f.decls {
		if !d.kept {
			continue
		}
		for _, name := range d.packages {
			used[name] = true
		}
		body.WriteString("\n" + d.keyword)
		body.Write(f.declaration(d))
		body.WriteString("\n")
	}
	var out bytes.Buffer
	out.Write(f.source[:f.offset(f.syntax.Name.End())])
	out.WriteString("\n")
	linked := f.linknames(body.Bytes())
	for _, spec := range f.syntax.Imports {
		if kept := p.importOf(spec, used, linked != "" || bytes.Contains(body.Bytes(), []byte("//go:linkname "))); kept != "" {
			out.WriteString(kept + "\n")
		}
	}
	out.WriteString(linked)
	out.Write(body.Bytes())
	return out.Bytes()
}

// Directives that stand with no declaration.
func (f *file) linknames(body []byte) string {
	text := ""
	for _, line := range linkname.FindAll(f.source, -1) {
		if !bytes.Contains(body, line) {
			text += "\n" + string(line) + "\n"
		}
	}
	return text
}

func (p *pack) importOf(spec *ast.ImportSpec, used map[string]bool, linked bool) string {
	path := strings.Trim(spec.Path.Value, "\"`")
	name := p.names[path]
	if name == "" {
		name = p.names["vendor/"+path]
	}
	if path == "unsafe" {
		name = "unsafe"
	}
	if spec.Name != nil {
		name = spec.Name.Name
	}
	switch {
	case used[name] && spec.Name != nil:
		return "import " + name + " " + spec.Path.Value
	case used[name]:
		return "import " + spec.Path.Value
	case path == "unsafe" && linked, path == "embed":
		return "import _ " + spec.Path.Value
	}
	return ""
}

func (f *file) declaration(d *decl) []byte {
	sort.SliceStable(d.cuts, func(i, j int) bool { return d.cuts[i].from < d.cuts[j].from })
	var text bytes.Buffer
	at := d.from
	for _, c := range d.cuts {
		if c.from < at {
			continue
		}
		text.Write(f.source[f.offset(at):f.offset(c.from)])
		text.WriteString(c.by)
		at = c.to
	}
	text.Write(f.source[f.offset(at):f.offset(d.to)])
	return text.Bytes()
}

func (f *file) offset(at token.Pos) int { return int(at - f.base) }

func start(d ast.Node, doc *ast.CommentGroup) token.Pos {
	if doc != nil {
		return doc.Pos()
	}
	return d.Pos()
}

func directives(doc *ast.CommentGroup) string {
	text := ""
	if doc != nil {
		for _, line := range doc.List {
			if strings.HasPrefix(line.Text, "//go:") {
				text += line.Text + "\n"
			}
		}
	}
	return text
}

func receiver(t ast.Expr) string {
	for {
		switch one := t.(type) {
		case *ast.StarExpr:
			t = one.X
		case *ast.ParenExpr:
			t = one.X
		case *ast.IndexExpr:
			t = one.X
		case *ast.IndexListExpr:
			t = one.X
		case *ast.Ident:
			return one.Name
		default:
			return ""
		}
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "stub:", err)
		os.Exit(1)
	}
}
)go";

}  // namespace whittle::optimizer
