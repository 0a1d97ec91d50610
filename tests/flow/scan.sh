#!/usr/bin/env bash
# Known vulnerabilities in images: by version as other scanners, linked in or not as Go's own; and what is wrong with a
# database is never "no vulnerabilities".
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need python3 dpkg

fixture known_holes "$work/holes"
cd "$work/holes"
# go_database DIR MODIFIED: the entries of fixtures/advisories with the index that Go's database has.
go_database() {
  mkdir -p "$1/index"
  cp -R "$whittle_root/fixtures/advisories/ID" "$1/"
  jq -n --arg modified "$2" '{modified: $modified}' >"$1/index/db.json"
  jq -s 'map({id, modified, aliases})' "$1"/ID/*.json >"$1/index/vulns.json"
  jq -s '[.[] | . as $entry | .affected[] | {path: .package.name, vuln: ({id: $entry.id, modified: $entry.modified}
      + ([.ranges[].events[].fixed // empty] | if length > 0 then {fixed: last} else {} end))}]
    | group_by(.path) | map({path: .[0].path, vulns: map(.vuln)})' "$1"/ID/*.json >"$1/index/modules.json"
}
days_ago() { date -u -d "$1 days ago" +%Y-%m-%dT00:00:00Z; }
go_database "$work/go" "$(days_ago 8)"
mkdir -p "$work/debian"
debian_entry() {  # ID SOURCE FIXED [FILTER]
  jq -n --arg id "$1" --arg source "$2" --arg fixed "$3" --arg modified "$(days_ago 1)" "{
    schema_version: \"1.7.0\", id: \$id, modified: \$modified, upstream: [\$id | ltrimstr(\"DEBIAN-\")],
    affected: [{package: {ecosystem: \"Debian:12\", name: \$source},
      ranges: [{type: \"ECOSYSTEM\", events: ([{introduced: \"0\"}] + if \$fixed == \"\" then [] else [{fixed: \$fixed}] end)}]}]}
    | ${4:-.}" >"$work/debian/$1.json"
}
ids() { jq -r "[.platforms[].findings[] | select($1) | .id] | unique | join(\" \")" "$out"; }
by_version='GO-2020-0036 GO-2021-0061 GO-2021-0113 GO-2021-0356 GO-2022-1059 GO-2023-1571 GO-2023-1988 GO-2024-3321 GO-2024-3333'

t "what is linked in is found in stripped programs, and what is only listed takes one line"
build linked --platform linux/amd64,linux/arm64 -o "oci:$work/linked:1" >"$work/digest"
build listed -o "oci:$work/listed:1" >"$work/digest"
whittle_exits 10 scan "oci:$work/linked:1" --platform linux/amd64 --database "$work/go"
out_has '10 entries, last modified' '(8 days ago)' '5 known vulnerabilities: 5 unknown' GO-2024-3333 CVE-2024-45338 \
  'usr/bin/linked has golang.org/x/net/html.Parse' 'fixed in v0.33.0: go get golang.org/x/net@v0.33.0' \
  '2 more of modules that are listed, and of whose functions none is linked in'
err_has 'has 5 known vulnerabilities of severity high or worse, or unknown' '--fail-on'
whittle_exits 0 scan "oci:$work/listed:1" --database "$work/go"
out_has 'no known vulnerability' '9 more of modules'
whittle_exits 0 scan "oci:$work/listed:1" --database "$work/go" --all
out_has GO-2021-0356 'golang.org/x/crypto v0.0.0-20210711020723-a769d52b0f97'

t "each platform of an index, as JSON; equal where the database has no index or is a zip"
whittle_exits 10 scan "oci:$work/linked:1" --database "$work/go" --json
equal "$(jq -r '[.platforms[].platform] | join(" ")' "$out")" 'linux/amd64 linux/arm64'
equal "$(jq -c '.platforms | map([.findings[] | [.id, .presence, .counts]] ) | .[0] == .[1]' "$out")" true
jq -e '.schemaVersion == 1 and all(.platforms[].findings[].locations[]; .path == "usr/bin/linked" and (.layer | startswith("sha256:")))' "$out" >/dev/null
findings() { jq -c '[.platforms[].findings]' "$out"; }
indexed=$(findings)
cp -R "$work/go" "$work/plain" && rm -r "$work/plain/index"
(cd "$work" && python3 -m zipfile -c go.zip go && cd go/ID && python3 -m zipfile -c ../../bare.zip ./*.json)
for database in plain go.zip bare.zip plain; do
  whittle_exits 10 scan "oci:$work/linked:1" --database "$work/$database" --json
  equal "$(findings)" "$indexed" "with the database $database"
done

t "on versions, and on what is linked in, Go's own scanner says the same"
if ensure_client govulncheck golang.org/x/vuln/cmd/govulncheck@v1.1.4; then
  for main in linked listed; do
    CGO_ENABLED=0 GOFLAGS='' go build -trimpath -o "$work/$main.symbols" "./cmd/$main"
    "$tools/govulncheck" -mode=binary -db "file://$work/go" -format json "$work/$main.symbols" >"$work/second.json"
    whittle_exits '0|10' scan "oci:$work/$main:1" --platform linux/amd64 --database "$work/go" --json
    equal "$(ids true)" "$(jq -rs '[.[].finding // empty | .osv] | unique | join(" ")' "$work/second.json")" "versions in $main"
    equal "$(ids .counts)" "$(jq -rs '[.[].finding // empty | select(.trace[0].function) | .osv] | unique | join(" ")' "$work/second.json")" "linked in $main"
    [ "$main" = linked ] || equal "$(ids true)" "$by_version"
  done
else
  echo "NOT COMPARED: govulncheck cannot be installed: $(tail -n 1 "$work/govulncheck.log")"
fi

t "what counts is up to the user: from which severity on, and what is known already"
whittle_exits 0 scan "oci:$work/linked:1" --database "$work/go" --fail-on none
whittle_exits 10 scan "oci:$work/linked:1" --database "$work/go" --fail-on critical  # nobody says that they are less
mkdir "$work/scored" && jq '. + {severity: [{type: "CVSS_V3", score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L"}]}' \
  "$work/go/ID/GO-2022-1059.json" >"$work/scored/GO-2022-1059.json"
whittle_exits 0 scan "oci:$work/linked:1" --database "$work/scored"
out_has 'medium 5.3'
whittle_exits 10 scan "oci:$work/linked:1" --database "$work/scored" --fail-on medium
whittle_exits 0 scan "oci:$work/linked:1" --platform linux/amd64 --database "$work/scored" --fail-on any --ignore 'CVE-2022-32149=no user gives us languages'
out_has 'no known vulnerability' '1 ignored by --ignore'
whittle_exits 10 scan "oci:$work/linked:1" --database "$work/scored" --fail-on any --ignore GO-2022-1059,until=2020-01-01
err_has 'counts again'
whittle_exits 0 scan "oci:$work/linked:1" --platform linux/amd64 --database "$work/scored" --fail-on any --json --ignore GO-2022-1059,until=2999-01-01=later
equal "$(jq -c '.platforms[0].findings[0].ignored' "$out")" '{"reason":"later","until":"2999-01-01"}'
whittle_exits 2 scan "oci:$work/linked:1" --database "$work/scored" --ignore GO-2022-1059,until=soon

t "packages of Debian, by their source package and in dpkg's order"
build packages -o "oci:$work/packages:1" >"$work/digest"
version=$("$whittle" sbom "oci:$work/packages:1" --format table 2>"$err" | awk '$2 == "libssl3" {print $3}')
debian_entry DEBIAN-CVE-1 openssl "$version"
debian_entry DEBIAN-CVE-2 openssl "$version~"
debian_entry DEBIAN-CVE-3 openssl "$version.1" '.severity = [{type: "CVSS_V3", score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]'
debian_entry DEBIAN-CVE-4 openssl '' '.affected[0].ecosystem_specific.urgency = "unimportant"'
debian_entry DEBIAN-CVE-5 libssl3 ''
dpkg --compare-versions "$version" lt "$version.1"
whittle_exits 10 scan "oci:$work/packages:1" --database "$work/debian" --database "$work/go"
out_has 'critical 9.8' "openssl $version" 'as libssl3' "fixed in $version.1: upgrade to $version.1" 'usr/bin/linked has'
whittle_exits 10 scan "oci:$work/packages:1" --database "$work/debian" --database "$work/go" --json
equal "$(ids '.ecosystem == "Debian:12"')" 'DEBIAN-CVE-3 DEBIAN-CVE-4'
equal "$(ids '.severity == "low"')" DEBIAN-CVE-4

t "what no database knows is named, and not passed for sound"
whittle_exits 10 scan "oci:$work/packages:1" --database "$work/go"
out_has 'not checked: ' 'no database has entries of "Debian:12"'
whittle_exits 0 scan "oci:$work/linked:1" --database "$work/debian"
out_has 'no known vulnerability in what was checked' 'not checked: Go (no database has entries of Go modules)'

t "SARIF, for code hosts"
whittle_exits 10 scan "oci:$work/packages:1" --database "$work/debian" --database "$work/go" --sarif "$work/scan.sarif" --ignore DEBIAN-CVE-4=unimportant
jq -e '.version == "2.1.0" and (.runs | length == 1) and (.runs[0] | .tool.driver.name == "whittle"
  and (.results | length == 7) and ([.results[] | .ruleId] | sort) == ([.tool.driver.rules[].id] | sort)
  and (. as $run | all(.results[]; .ruleId == $run.tool.driver.rules[.ruleIndex].id))
  and all(.results[]; (.message.text | length > 0) and (.level | IN("error", "warning", "note")))
  and ([.results[] | select(.suppressions) | .suppressions[0].justification] == ["unimportant"])
  and any(.results[].locations[]; .physicalLocation.artifactLocation.uri == "usr/bin/linked"))' "$work/scan.sarif" >/dev/null ||
  fail "$(cat "$work/scan.sarif")"

t "OpenVEX: what one scan knows, the next one believes; what counts still counts"
whittle_exits 10 scan "oci:$work/linked:1" --platform linux/amd64 --database "$work/go" --openvex "$work/scan.vex" --ignore GO-2024-3333='nothing is parsed'
SOURCE_DATE_EPOCH=1700000000 whittle_exits 10 scan "oci:$work/linked:1" --platform linux/amd64 --database "$work/go" --openvex "$work/dated.vex"
equal "$(jq -r .timestamp "$work/dated.vex")" 2023-11-14T22:13:20Z
jq -e '.["@context"] == "https://openvex.dev/ns/v0.2.0" and (.statements | length == 7)
  and ([.statements[] | select(.status == "not_affected" and .justification == "vulnerable_code_not_in_execute_path")] | length == 2)
  and ([.statements[] | select(.status == "affected") | .action_statement | startswith("go get ")] | length == 4 and all)
  and ([.statements[] | select(.vulnerability.name == "GO-2024-3333") | .impact_statement] == ["nothing is parsed"])
  and all(.statements[].products[]; (.["@id"] | startswith("pkg:oci/")) and (.subcomponents[0]["@id"] | startswith("pkg:golang/")))' \
  "$work/scan.vex" >/dev/null || fail "$(jq . "$work/scan.vex")"
whittle_exits 10 scan "oci:$work/linked:1" --platform linux/amd64 --database "$work/go" --vex "$work/scan.vex" --json
equal "$(jq -r '[.platforms[].findings[] | select(.ignored) | "\(.id): \(.ignored.reason)"] | join(" ")' "$out" | grep -o 'GO-2024-3333: VEX: not_affected: nothing is parsed')" \
  'GO-2024-3333: VEX: not_affected: nothing is parsed'
jq '.statements |= map(.status = "fixed")' "$work/scan.vex" >"$work/fixed.vex"
whittle_exits 0 scan "oci:$work/linked:1" --platform linux/amd64 --database "$work/go" --vex "$work/fixed.vex"
out_has 'no known vulnerability' '7 ignored by --ignore or --vex'
whittle_exits 10 scan "oci:$work/linked:1" --platform linux/arm64 --database "$work/go" --vex "$work/fixed.vex"
err_has 'says nothing of what was found'
echo '{"@context":"https://openvex.dev/ns/v0.2.0","statements":[{}]}' >"$work/broken.vex"
whittle_exits 8 scan "oci:$work/linked:1" --database "$work/go" --vex "$work/broken.vex"
out_is_empty

t "databases where nobody names one"
whittle_exits 2 scan "oci:$work/linked:1"
err_has 'no database of known vulnerabilities is named' WHITTLE_VULNERABILITIES
WHITTLE_VULNERABILITIES=$work/go:$work/debian whittle_exits 10 scan "oci:$work/linked:1" --json
equal "$(jq '.databases | length' "$out")" 2
mkdir -p "$HOME/.local/share/whittle/vulnerabilities" && cp "$work/go.zip" "$HOME/.local/share/whittle/vulnerabilities/"
whittle_exits 10 scan "oci:$work/linked:1"

t "an old database is one, with a warning (hostile 251)"
go_database "$work/old" "$(days_ago 90)"
whittle_exits 10 scan "oci:$work/linked:1" --database "$work/old"
err_has 'is 90 days old: what became known since is not in it'
go_database "$work/old" "$(days_ago 89)"
whittle_exits 10 scan "oci:$work/linked:1" --database "$work/old"
if grep -q 'days old' "$err"; then fail "89 days are too many"; fi

t "a database that is broken is never one without vulnerabilities (hostile 251)"
broken() {  # CODE TEXT PLACE: nothing on stdout
  whittle_exits "$1" scan "oci:$work/linked:1" --database "$3"
  err_has "$2"
  out_is_empty
}
spoilt() { rm -rf "$work/spoilt"; cp -R "$work/${1:-plain}" "$work/spoilt"; }
spoilt; echo '{"id":' >"$work/spoilt/ID/GO-2020-0015.json"
broken 8 '"ID/GO-2020-0015.json" is not valid JSON' "$work/spoilt"
spoilt; cp "$work/spoilt/ID/GO-2020-0015.json" "$work/spoilt/ID/GO-1.json"
broken 8 'is of the entry "GO-2020-0015"' "$work/spoilt"
spoilt; jq '.schema_version = "2.0.0"' "$work/plain/ID/GO-2020-0015.json" >"$work/spoilt/ID/GO-2020-0015.json"
broken 5 'of its format; only 1.x is known' "$work/spoilt"
spoilt; jq '.affected[0].ranges[0].events = [{fixed: "1.0.0"}]' "$work/plain/ID/GO-2022-1059.json" >"$work/spoilt/ID/GO-2022-1059.json"
broken 8 'says of no version that it is affected' "$work/spoilt"
spoilt go; rm "$work/spoilt/ID/GO-2022-1059.json"
broken 8 'names "GO-2022-1059", which is not there' "$work/spoilt"
spoilt go; echo '[]' >"$work/spoilt/index/modules.json"
whittle_exits 10 scan "oci:$work/linked:1" --database "$work/spoilt" --json
equal "$(findings)" "$indexed" "with an index that names nothing"
spoilt go; truncate -s 100 "$work/spoilt/ID/GO-2024-3333.json"  # met while a program is looked at
broken 8 '"ID/GO-2024-3333.json" is not valid JSON' "$work/spoilt"
spoilt go; truncate -s 100 "$work/spoilt/index/modules.json"
broken 8 'index/modules.json' "$work/spoilt"
mkdir "$work/nothing"
broken 8 'it has no entries' "$work/nothing"
broken 5 'there is nothing of that name' "$work/nowhere"
head -c 3000 "$work/go.zip" >"$work/cut.zip"
broken 8 'cut.zip' "$work/cut.zip"
python3 - "$work" <<'PYTHON'
import sys, zipfile
with zipfile.ZipFile(sys.argv[1] + "/up.zip", "w") as up:
    up.write(sys.argv[1] + "/go/ID/GO-2022-1059.json", "../GO-2022-1059.json")
with zipfile.ZipFile(sys.argv[1] + "/bomb.zip", "w", zipfile.ZIP_DEFLATED) as bomb:
    bomb.writestr("GO-1.json", b" " * (80 << 20))
PYTHON
broken 8 'leads elsewhere' "$work/up.zip"
broken 8 'is larger than the limit' "$work/bomb.zip"
spoilt; for entry in "$work"/spoilt/ID/*; do jq '.withdrawn = "2026-01-01T00:00:00Z"' "$entry" >"$work/entry"; mv "$work/entry" "$entry"; done
cp "$work/plain/ID/GO-2021-0113.json" "$work/spoilt/ID/"
whittle_exits 10 scan "oci:$work/linked:1" --database "$work/spoilt" --json
equal "$(ids true)" GO-2021-0113 "what was not withdrawn"

t "a changed database is read again"
sleep 3  # so that the index is kept
whittle_exits 10 scan "oci:$work/linked:1" --database "$work/plain" --platform linux/amd64
whittle_exits 10 scan "oci:$work/linked:1" --database "$work/plain" --platform linux/amd64
if grep -q 'reading' "$err"; then fail "the index was not kept: $(cat "$err")"; fi
rm "$work/plain/ID/GO-2022-1059.json"
whittle_exits 10 scan "oci:$work/linked:1" --database "$work/plain" --platform linux/amd64
out_has '4 known vulnerabilities'
