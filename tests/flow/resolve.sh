#!/usr/bin/env bash
# Manifests in, the same out with the digests of what was built and pushed; nothing else of them changes.
. "$(dirname "$0")/lib.sh"
need python3
python3 -c 'import yaml' 2>/dev/null || skip "python3-yaml is not installed"
flow_registry
hello "$work/shop"
cd "$work/shop"
mkdir -p cmd/other k8s/deep
sed 's/hello prints/other prints/' cmd/hello/main.go >cmd/other/main.go
cat >>whittle.yaml <<YAML
    push: [$registry/shop/hello]
  other:
    main: ./cmd/other
    base: scratch
YAML
export WHITTLE_PUSH=$registry/fleet
digest_of() { curl -sfI -H 'Accept: application/vnd.oci.image.manifest.v1+json' "http://$registry/v2/$1/manifests/latest" | tr -d '\r' | sed -n 's/^docker-content-digest: //Ip'; }

t "every mention becomes a digest, and every other byte stays"
printf '%s\r\n' '# whittle://hello in a comment stays' 'apiVersion: apps/v1' 'kind: Deployment' 'spec:' \
  '  image: &image "whittle://hello"   # the first' "  again: 'whittle://hello'" '  plain: whittle://other' \
  '  flow: {a: whittle://hello, b: [ whittle://other ]}' '  alias: *image' '  args: ["--sidecar=whittle://other", "x"]' \
  '  text: |' '    image: whittle://hello' '  escaped: "whittle:\/\/other"' '---' 'tag: !Ref whittle://hello' '<<: {a: b}' >k8s/a.yaml
whittle_exits 0 resolve -f k8s/a.yaml
hello="$registry/shop/hello@$(digest_of shop/hello)" other="$registry/fleet/other@$(digest_of fleet/other)"
matches "$hello$other" '^localhost:[0-9]+/shop/hello@sha256:[0-9a-f]{64}localhost:[0-9]+/fleet/other@sha256:[0-9a-f]{64}$'
sed -e '1!s#whittle://hello#'"$hello#g" -e '1!s#whittle:\\\{0,1\}/\\\{0,1\}/other#'"$other#g" k8s/a.yaml >"$work/wanted"
cmp "$out" "$work/wanted"
python3 - "$out" "$hello" "$other" <<'PY' || fail "another reader of YAML"
import sys, yaml
class Loader(yaml.SafeLoader): pass
Loader.add_multi_constructor('!', lambda loader, suffix, node: node.value)
documents = list(yaml.load_all(open(sys.argv[1]), Loader=Loader))
hello, other = sys.argv[2:]
spec = documents[0]['spec']
assert spec['image'] == spec['again'] == spec['alias'] == spec['flow']['a'] == hello, spec
assert spec['plain'] == spec['escaped'] == spec['flow']['b'][0] == other and spec['args'][0] == '--sidecar=' + other, spec
assert spec['text'] == 'image: ' + hello + '\n' and documents[1]['tag'] == hello
PY

t "several files and folders are one stream, standard input among them"
printf 'a: whittle://hello' >k8s/b.yml
printf '{"image": "whittle://other"}\n' >k8s/deep/c.json
whittle_exits 0 resolve -R -f k8s
out_has "a: $hello" "\"image\": \"$other\""
equal "$(grep -c '^---' "$out")" 3
printf 'image: whittle://hello#repository\ndigest: whittle://hello#digest\n' |
  "$whittle" resolve -f - >"$out" 2>"$err" || fail "$(cat "$err")"
equal "$(cat "$out")" "image: ${hello%@*}"$'\n'"digest: ${hello#*@}"

t "what names nothing passes as it is, whatever it is"
printf 'b: [1\n{{ end }}\n' >"$work/none.yaml"
whittle_exits 0 resolve -f "$work/none.yaml"
cmp "$out" "$work/none.yaml"

t "a chart's template is no YAML, and is resolved where it is clear"
cat >"$work/chart.yaml" <<'YAML'
{{- if .Values.enabled }}
image: whittle://hello  # ours
side: {{ .Values.image | default "whittle://other" }}
{{- end }}
YAML
whittle_exits 0 resolve -f "$work/chart.yaml"
sed -e "s#whittle://hello#$hello#" -e "s#whittle://other#$other#" "$work/chart.yaml" | cmp - "$out"
printf '{{- if x }}\nimage: a whittle://hello b\n' >"$work/chart.yaml"
whittle_exits 3 resolve -f "$work/chart.yaml"
err_has chart.yaml:2:10 'not a value by itself'
printf 'image: whittle://{{ .Values.name }}\n' >"$work/chart.yaml"
whittle_exits 3 resolve -f "$work/chart.yaml"
err_has chart.yaml:1:8 'written out'

t "ko:// names packages, of the spec and others"
printf 'a: ko://example.com/hello/cmd/hello\nb: ko://example.com/hello/cmd/third\n' >"$work/ko.yaml"
mkdir cmd/third && sed 's/hello prints/third prints/' cmd/hello/main.go >cmd/third/main.go
whittle_exits 0 resolve -f "$work/ko.yaml"
out_has "a: $hello" "b: $registry/fleet/third@sha256:"

t "an image that is not there, with the nearest that is; nothing is printed"
printf 'a: 1\nb: {image: whittle://helo}\n' >"$work/wrong.yaml"
whittle_exits 3 resolve -f k8s -f "$work/wrong.yaml"
err_has wrong.yaml:2:12 'did you mean hello?'
out_is_empty
printf 'a: ko://example.com/hello/cmd/none\n' >"$work/wrong.yaml"
whittle_exits 3 resolve -f "$work/wrong.yaml"
err_has 'has no package'
printf 'a: whittle://hello:latest\n' >"$work/wrong.yaml"
whittle_exits 3 resolve -f "$work/wrong.yaml"
err_has 'wrong.yaml:1:4' 'tag behind it'
printf 'a: [whittle://hello\n' >"$work/wrong.yaml"
whittle_exits 3 resolve -f "$work/wrong.yaml"
err_has 'not valid YAML'
whittle_exits 5 resolve -f "$work/absent.yaml"

t "--to says where all of them go"
whittle_exits 0 resolve -f k8s/b.yml --to "$registry/elsewhere"
out_has "a: $registry/elsewhere/hello@"

t "--watch prints again when something changes, and ends when it is told"
touch "$work/watched"
digests() { [ "$(grep -o 'sha256:[0-9a-f]*' "$work/watched" | sort -u | wc -l)" = "$1" ]; }
"$whittle" resolve -f k8s/b.yml --watch >"$work/watched" 2>"$work/watch.err" &
pid=$!
started+=($pid)
wait_for 20 digests 1 || fail "nothing is printed: $(cat "$work/watch.err")"
equal "$(cat "$work/watched")" "a: $hello"
sed -i 's/Greeting = "hello"/Greeting = "changed"/' internal/text/text.go
wait_for 30 digests 2 || fail "a change is not seen: $(cat "$work/watch.err")"
equal "$(sed -n 2p "$work/watched")" ---
echo 'package broken' >>internal/text/text.go
wait_for 30 grep -q 'text.go' "$work/watch.err" || fail "a failure is not told: $(cat "$work/watch.err")"
digests 2 || fail "something was printed for what does not compile"
kill -TERM $pid
wait $pid || fail "watching ended with $?"
