#!/usr/bin/env bash
# `go list` runs only when the packages of a main can have become others; where it does not, what is remembered must
# still be what a listing would have said.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

module=$work/module
spec=$module/whittle.yaml
hello "$module"
recording_go
cd "$module"

now() { build -f "$spec" "$@" -o "oci:$work/layout:1"; }
# listed WHAT / unlisted WHAT: the next build runs go list, or does not; it gives what one without memory gives, and
# the one after it runs no go at all.
after() {
  local lists=$1 what=$2 digest expected
  printf '   %s: %s\n' "$lists" "$what"
  : >"$go_log"
  digest=$(now)
  grep -q '^build' "$go_log" || fail "$what: go build did not run"
  case $lists in
    listed) grep -q '^list' "$go_log" || fail "$what: the packages were not listed" ;;
    unlisted) ! grep -q '^list' "$go_log" || fail "$what: the packages were listed" ;;
  esac
  expected=$(oracle -f "$spec")
  equal "$digest" "$expected" "after \"$what\" the remembered build differs from one without memory"
  : >"$go_log"
  equal "$(now)" "$digest"
  equal "$(cat "$go_log")" '' "$what: go was run again although nothing changed"
}
listed() { after listed "$1"; }
unlisted() { after unlisted "$1"; }

t "what go list does not read"
listed "the first build"
text=internal/text/text.go
sed -i 's/return all/return append(all, "end")/' $text
unlisted "a line of a function"
sed -i 's/fmt.Println(text/fmt.Println("main", text/' cmd/hello/main.go
sed -i 's/"end"/"fin"/' $text
unlisted "functions of two packages"
printf '\n// import "os"\nconst notAnImport = `\nimport "os"\n`\n' >>$text
unlisted "the word import in a comment and in a string"
echo TWO >internal/text/texts/one.txt
unlisted "an embedded file"

t "what it does read"
sed -i 's,^import "embed"$,import (\n\t"embed"\n\t"strings"\n),; s/return append(all/return append([]string{strings.ToUpper("x")}, all[0]/' $text
listed "an import"
sed -i 's/ToUpper("x")/ToUpper("y")/' $text
unlisted "a line of the file that has it"
mkdir internal/other && echo 'package other; var X = "other"' >internal/other/other.go
printf 'package text\n\nimport "example.com/hello/internal/other"\n\nfunc init() { Greeting += other.X }\n' >internal/text/more.go
listed "a file with an import of a new package"
echo 'package other; var X = "changed"' >internal/other/other.go
listed "a one-line file: all of it stands in the line of its package clause"
printf 'package other\n\nvar X = "changed again"\n' >internal/other/other.go
listed "the same, on several lines"
sed -i 's/again/once more/' internal/other/other.go
unlisted "a line of the new package"
printf '\n//go:embed texts\nvar more embed.FS\n\nfunc init() { entries, _ := more.ReadDir("texts"); Greeting += entries[0].Name() }\n' >>$text
listed "an embed directive"
echo a >internal/text/texts/a.md
listed "a file that it embeds now"
printf '//go:build special\n\npackage text\n\nfunc init() { Greeting += "?" }\n' >internal/text/special.go
listed "a file that a build tag excludes"
sed -i 's/"?"/"!"/' internal/text/special.go
unlisted "a line of it"
sed -i 's/special/!special/' internal/text/special.go
listed "its build tag"
rm internal/text/special.go
listed "a file deleted"
sed -i 's/^go 1.26.0/go 1.25.0/' go.mod
listed "go.mod"

t "two mains that share a package, built one at a time"
mkdir -p cmd/bye
sed 's/text.Greeting/"bye", text.Greeting/' cmd/hello/main.go >cmd/bye/main.go
printf '  bye:\n    main: ./cmd/bye\n    base: scratch\n' >>"$spec"
of() { build -f "$spec" "$1" -o "oci:$work/layout:$1"; }
same_as_without_memory() { equal "$(of "$1")" "$(oracle -f "$spec" "$1")" "$1 differs from a build without memory"; }
for image in hello bye; do same_as_without_memory $image; done
mkdir internal/third && printf 'package third\n\nvar X = "third"\n' >internal/third/third.go
printf 'package text\n\nimport "example.com/hello/internal/third"\n\nfunc init() { Greeting += third.X }\n' >internal/text/third.go
for image in hello bye; do same_as_without_memory $image; done
sed -i 's/"third"/"fourth"/' internal/third/third.go
same_as_without_memory bye
same_as_without_memory hello
# The import arrives in a file that is there already, and only one of the two learns of it from a listing.
sed -i 's,internal/third",internal/third"\n\nimport "strings",; s/+= third.X/+= strings.ToUpper(third.X)/' internal/text/third.go
same_as_without_memory hello
sed -i 's/ToUpper/ToLower/' internal/text/third.go
same_as_without_memory bye
same_as_without_memory hello

t "a file that does not compile: said of the images that it is part of, without a listing"
sed -i 's/"bye"/undefined/' cmd/bye/main.go
: >"$go_log"
whittle_exits 4 build -f "$spec" -o "oci:$work/both"
! grep -q '^list' "$go_log" || fail "the packages were listed"
err_has 'undefined: undefined' '(image bye)'
sed -i 's/undefined/"bye"/' cmd/bye/main.go
same_as_without_memory bye
