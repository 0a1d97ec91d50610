#!/usr/bin/env bash
# scripts/demo itself, with the program that is being tested.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need docker-registry skopeo umoci runc curl
t "scripts/demo"
WHITTLE=$whittle "$whittle_root/scripts/demo"
