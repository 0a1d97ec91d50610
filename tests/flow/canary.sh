#!/usr/bin/env bash
# A secret in every place where credentials live, and then looked for in all that whittle says and keeps, at every
# verbosity, in success and in failure (hostile 187).
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need openssl
mkdir -p "$tools"
go_tool canary_registry "$flow_dir/canary_registry.go"
port=$(free_port)
"$tools/canary_registry" "127.0.0.1:$port" "$work/seen" >"$work/canary-registry.log" 2>&1 &
started+=($!)
wait_for 10 answers "$port" || fail "the registry does not start"
registry=localhost:$port
"$flow_dir/../../bench/make-image" "$work/image" 2 20000

# Every secret has a number, so that a find says where it came from. In base64 they look otherwise.
secret() { printf 'canary%d' "$1"; }
encoded() { printf 'user:%s' "$(secret "$1")" | base64 -w0; }
config() { (umask 077 && mkdir -p "$HOME/.docker" && printf '%s' "$1" >"$HOME/.docker/config.json"); }
mkdir "$work/bin"
cat >"$work/bin/docker-credential-canary" <<SH
#!/bin/sh
read -r server
printf '%s\n' "\$*" >>"$work/arguments"
env >>"$work/environment"
printf '{"ServerURL": "%s", "Username": "user", "Secret": "$(secret 2)"}' "\$server"
SH
chmod +x "$work/bin/docker-credential-canary"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 2 -subj /CN=me -passout "pass:$(secret 3)" \
  -keyout "$work/locked.key" -out "$work/locked.crt" 2>/dev/null

said=$work/said
: >"$said"
# runs CODE ARGUMENT…: at every verbosity and with every kind of progress; all that is printed is kept.
runs() {
  local code=$1 progress verbose
  shift
  for progress in plain json none; do
    for verbose in '' -v; do
      # shellcheck disable=SC2086
      with_path=$work/bin:$PATH whittle_exits "$code" "$@" --progress $progress $verbose
      cat "$out" "$err" >>"$said"
    done
  done
}

t "a password in config.json: accepted, refused, and by a token service"
config "{\"auths\": {\"$registry\": {\"auth\": \"$(encoded 1)\"}}}"
for scheme in basic bearer denied; do
  code=0
  if [ $scheme = denied ]; then code=7; fi
  runs $code copy "oci:$work/image:v" "$registry/$scheme/image:v"
  runs $code copy "$registry/$scheme/image:v" "oci:$work/pulled-$scheme:v"
done
grep -q canary1 "$work/seen" || fail "the registry never saw the password: nothing is proved"

t "a credential helper's"
config '{"credsStore": "canary"}'
runs 0 copy "oci:$work/image:v" "$registry/basic/helper:v"
grep -q canary2 "$work/seen" || fail "the registry never saw the helper's password"
equal "$(sort -u "$work/arguments")" get
! grep -q canary "$work/environment" || fail "a helper's environment has a secret"

t "an identity token, and the refresh token it turns into"
config "{\"auths\": {\"$registry\": {\"identitytoken\": \"$(secret 4)\"}}}"
runs 0 copy "oci:$work/image:v" "$registry/bearer/identity:v"
grep -q canary4 "$work/seen" || fail "the token service never saw the identity token"

t "a certificate's key that is locked, user information in a place, a proxy's login"
config '{}'
runs '2|7' copy "$registry/basic/image:v" "oci:$work/no:v" --cert "$work/locked.crt" --key "$work/locked.key"
runs 2 copy "https://user:$(secret 5)@$registry/basic/image:v" "oci:$work/no:v"
runs 2 copy "user:$(secret 5)@$registry/basic/image:v" "oci:$work/no:v"
export https_proxy=http://user:$(secret 6)@127.0.0.1:$port
runs 7 copy registry.example.com/shop/api:1 "oci:$work/no:v"
err_has "asking the proxy http://127.0.0.1:$port"
https_proxy="user:$(secret 6) @nowhere" runs 2 copy registry.example.com/shop/api:1 "oci:$work/no:v"
unset https_proxy

t "what the registry itself makes secret: cookies, signed URLs, upload sessions, a broken answer with all of it"
config "{\"auths\": {\"$registry\": {\"auth\": \"$(encoded 1)\"}}}"
runs 0 copy "$registry/signed/image:v" "oci:$work/signed:v"
runs 0 copy "$registry/signed/image:v" local:signed:v
[ -d "$XDG_CACHE_HOME/whittle/store" ] || fail "there is no cache to look into"
runs '5|6|8' copy "$registry/broken/image:v" "oci:$work/broken:v"

t "a crash"
config "{\"auths\": {\"$registry\": {\"auth\": \"$(encoded 1)\"}}}"
"$whittle" copy "$registry/hang/image:v" "oci:$work/hang:v" -v >>"$said" 2>&1 </dev/null &
job=$!
sleep 1
# What the system would write of a crash is not whittle's: it must not write one that others can read.
tr '\0' '\n' <"/proc/$job/cmdline" >>"$said"
tr '\0' '\n' <"/proc/$job/environ" | grep canary && fail "the environment of whittle has a secret"
kill -ABRT $job 2>/dev/null || true
wait $job 2>>"$said" || true

t "nothing of it is anywhere (hostile 270)"
for number in 1 2 3 4 5 6 7 8 9; do
  text=$(secret $number)
  for form in "$text" "$(encoded $number)" "$(printf %s "$text" | base64 -w0 | tr -d =)"; do
    ! grep -aF -- "$form" "$said" || fail "secret $number was printed"
    ! grep -raqF -- "$form" "$XDG_CACHE_HOME" "$work"/pulled-* "$work/signed" || fail "secret $number was kept"
  done
done
