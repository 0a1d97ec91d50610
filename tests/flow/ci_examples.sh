#!/usr/bin/env bash
# The examples for CI services: each is linted where its linter installs, and its steps are run as the service would run
# them. What whittle shows where GitHub runs it: annotations and the summary of a step.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need docker-registry python3
python3 -c 'import yaml' 2>/dev/null || skip "python3-yaml is not installed"
flow_registry
hello "$work/hello"
ci=$whittle_root/ci
mkdir "$work/steps"
for example in github/action.yml gitlab/whittle.gitlab-ci.yml jenkins/Jenkinsfile tekton/task.yaml; do
  python3 "$flow_dir/ci_steps.py" "${example%%/*}" "$ci/$example" "$work/steps"
done

# An archive as tests/flow/packaging.sh makes one, but for what is in it.
mkdir -p "$work/packed/whittle-0-linux/bin"
printf '#!/bin/sh\nexec "%s" "$@"\n' "$whittle" >"$work/packed/whittle-0-linux/bin/whittle"
chmod +x "$work/packed/whittle-0-linux/bin/whittle"
archive=$work/whittle.tar.gz
tar -C "$work/packed" -czf "$archive" whittle-0-linux
sha256=$(sha256sum <"$archive")
sha256=${sha256%% *}

t "the installer unpacks nothing but what was asked for"
equal "$("$ci/install" "$archive" "$sha256" "$work/installed")" "$work/installed/bin"
equal "$(PATH=$work/installed/bin:$PATH whittle --version)" "$("$whittle" --version)"
equal "$("$ci/install" "$archive" "$sha256" "$work/installed")" "$work/installed/bin"
status=0
"$ci/install" "$archive" "${sha256//[0-9]/0}" "$work/refused" >"$out" 2>"$err" || status=$?
equal "$status" 8
err_has "$sha256" 'was asked for'
equal "$(find "$work/refused" -type f)" ''

t "linters"
if command -v shellcheck >/dev/null; then
  shellcheck "$ci/install" "$ci/github/build"
  for step in "$work"/steps/*; do
    # WHITTLE_IMAGES and WHITTLE_FLAGS are lists of words; some variables are the service's.
    shellcheck -s "${step##*.}" -e SC2086,SC2154 "$step"
  done
else
  echo "   shellcheck is not installed"
fi
if ensure_client actionlint github.com/rhysd/actionlint/cmd/actionlint@v1.7.7; then
  mkdir -p "$work/repository/.github/workflows"
  git init -q "$work/repository"
  cp -R "$ci" "$work/repository/ci"
  cp "$ci/github/workflow.yml" "$work/repository/.github/workflows/images.yml"
  (cd "$work/repository" && "$tools/actionlint") || fail "actionlint"
  sed -i 's/sha256: /sha512: /' "$work/repository/.github/workflows/images.yml"
  ! (cd "$work/repository" && "$tools/actionlint" >"$out") || fail "actionlint does not read the action's inputs"
else
  echo "   actionlint cannot be installed: $(tail -n 1 "$work/actionlint.log")"
fi

# as_service COMMAND…: in the module, with nothing of this environment but what the flow needs.
as_service() {
  (
    cd "$work/hello"
    env -i PATH="$PATH" HOME="$HOME" XDG_CACHE_HOME="$XDG_CACHE_HOME" GOPROXY=off CI=true LC_ALL=C.UTF-8 "$@"
  ) >"$out" 2>"$err" </dev/null || fail "$*: $(tail -n 20 "$out" "$err")"
}
places_are() { matches "$1" "^$registry/[a-z/]*hello[:@a-z0-9]*@sha256:[0-9a-f]{64}\$"; }

t "GitHub: the action's steps, its outputs, the summary of the run"
github=(GITHUB_ACTIONS=true GITHUB_ACTION_PATH="$ci/github" GITHUB_WORKSPACE="$work/hello" RUNNER_TEMP="$work/github"
  GITHUB_OUTPUT="$work/github/output" GITHUB_PATH="$work/github/path" GITHUB_STEP_SUMMARY="$work/github/summary.md"
  ARCHIVE="$archive" SHA256="$sha256" WHITTLE_PUSH="$registry/github" IMAGES=hello FLAGS=$'--push\n--tag v1 --report sizes.md')
mkdir "$work/github"
printf 'of another step\n' >"$work/github/summary.md"
as_service "${github[@]}" bash "$work/steps/github-0.bash"
equal "$(cat "$work/github/path")" "$work/github/whittle/bin"
as_service "${github[@]}" PATH="$work/github/whittle/bin:$PATH" bash "$work/steps/github-1.bash"
sed -n '/^places<</,/^end of places$/p' "$work/github/output" | sed -n 2p >"$work/places"
places_are "$(cat "$work/places")"
equal "$(cat "$out")" "$(cat "$work/places")"
jq -e '.images[0].name == "hello"' "$(sed -n 's/^result=//p' "$work/github/output")" >/dev/null
equal "$(head -n 1 "$work/github/summary.md")" 'of another step'
for text in '### whittle built 1 image' 'compiled; 2 of 2 layers new' "$(cat "$work/places")" '### Size of the image `hello`'; do
  grep -qF -- "$text" "$work/github/summary.md" || fail "the summary lacks $text: $(cat "$work/github/summary.md")"
done
as_service "${github[@]}" PATH="$work/github/whittle/bin:$PATH" bash "$work/steps/github-1.bash"
grep -qF 'nothing changed; 0 of 2 layers new' "$work/github/summary.md" || fail "$(cat "$work/github/summary.md")"

t "GitHub: an error stands beside its line"
# annotated CODE ARGUMENT…: whittle in the module, below a workspace.
annotated() {
  (
    cd "$work/hello"
    export GITHUB_ACTIONS=true GITHUB_WORKSPACE=$work
    whittle_exits "$@"
  )
}
sed -i 's/base: scratch/bse: scratch/' "$work/hello/whittle.yaml"
annotated 3 build
err_has '::error file=hello/whittle.yaml,line=7,col=5,title=whittle::' 'did you mean `base`?' 'error: whittle.yaml:7:5: '
sed -i 's/bse: scratch/base: scratch/' "$work/hello/whittle.yaml"
cp "$work/hello/cmd/hello/main.go" "$work/main.go"
printf '\nfunc broken() { absent(1); missing(2) }\n' >>"$work/hello/cmd/hello/main.go"
annotated 4 build
line=$(wc -l <"$work/hello/cmd/hello/main.go")
err_has "::error file=hello/cmd/hello/main.go,line=$line,col=17,title=whittle::undefined: absent" "line=$line,col=28,title=whittle::undefined: missing"
out_is_empty
cp "$work/main.go" "$work/hello/cmd/hello/main.go"
annotated 6 copy "localhost:1/a:1" oci:absent:1 --limit attempts=1
err_has '::error title=whittle::'
! grep -q '::error file' "$err" || fail "an address is taken for a file: $(cat "$err")"
whittle_exits 2 build --no-such-flag
! grep -q '::error' "$err" || fail "an annotation where no service reads it"

t "a summary where there is no such service"
cd "$work/hello"
whittle_exits 0 build --summary "$work/summary.md"
grep -qF 'whittle built 1 image' "$work/summary.md" || fail "$(cat "$work/summary.md")"
GITHUB_STEP_SUMMARY=$work/not-this.md whittle_exits 0 build --summary "$work/summary.md"
[ ! -e "$work/not-this.md" ] || fail "both summaries are written"

t "GitLab"
mkdir "$work/gitlab.tmp"
as_service CI_PROJECT_DIR="$work/gitlab" CI_REGISTRY="$registry" CI_REGISTRY_IMAGE="$registry/gitlab" CI_REGISTRY_USER=me CI_REGISTRY_PASSWORD=secret \
  WHITTLE_ARCHIVE="file://$archive" WHITTLE_SHA256="$sha256" sh "$work/steps/gitlab-0.sh"
places_are "$(cat "$work/hello/whittle-places.txt")"
equal "$(cat "$work/hello/whittle.env")" "WHITTLE_PLACES=$(cat "$work/hello/whittle-places.txt") "
grep -q whittle_build_image_bytes "$work/hello/whittle-metrics.txt" || fail "no metrics"
equal "$(stat -c %a "$work/gitlab.tmp/auth.json")" 600
equal "$(jq -r ".auths[\"$registry\"].auth" "$work/gitlab.tmp/auth.json" | base64 -d)" me:secret

t "Jenkins"
mkdir "$work/jenkins"
jenkins=(WORKSPACE_TMP="$work/jenkins" WHITTLE_ARCHIVE="file://$archive" WHITTLE_SHA256="$sha256" WHITTLE_PUSH="$registry/jenkins" REGISTRY_AUTH_FILE=/dev/null)
rm "$work/hello"/whittle-places.txt
as_service "${jenkins[@]}" sh "$work/steps/jenkins-0.sh"
as_service "${jenkins[@]}" sh "$work/steps/jenkins-1.sh"
places_are "$(cat "$work/hello/whittle-places.txt")"
[ -s "$work/hello/whittle-summary.md" ] || fail "no summary"

t "Tekton"
mkdir "$work/tekton"
as_service HOME="$work/tekton" ARCHIVE="file://$archive" SHA256="$sha256" DOCKERCONFIG='' CACHE="$XDG_CACHE_HOME" PLACES="$work/tekton/places" WHITTLE_PUSH="$registry/tekton" \
  sh "$work/steps/tekton-0.sh" hello --push --locked
places_are "$(cat "$work/tekton/places")"
python3 - "$ci/tekton/task.yaml" <<'PY'
import re, sys, yaml
task = yaml.safe_load(open(sys.argv[1], encoding="utf-8"))
spec = task["spec"]
assert (task["apiVersion"], task["kind"]) == ("tekton.dev/v1", "Task")
known = {f"params.{p['name']}" for p in spec["params"]} | {f"results.{r['name']}.path" for r in spec["results"]}
known |= {f"params.{p['name']}[*]" for p in spec["params"] if p.get("type") == "array"}
known |= {f"workspaces.{w['name']}.path" for w in spec["workspaces"]}
used = set(re.findall(r"\$\(((?:params|results|workspaces)\.[^)]*)\)", open(sys.argv[1], encoding="utf-8").read()))
assert used <= known, used - known
PY
