// Where a program spends its time, by a CPU profile: what net/http/pprof and `go test -cpuprofile` write
// (profile.proto of github.com/google/pprof, with or without gzip around it).
#pragma once

#include <memory>
#include <set>
#include <string>

#include "common/bytes.hpp"

namespace whittle::builder {

// The packages in which it spends 99.9 % of the samples, the busiest first, and those whose calls are
// inlined there or that have theirs inlined. (In a profile of ten seconds a sample is 0.1 %.) Import paths;
// "main" is that of a main package. `what` names the profile in messages. Error(integrity) for bytes that
// are none, Error(unsupported) for a profile of something else than time or without samples, Error(limit)
// beyond 32 MiB or a million entries of a kind.
std::set<std::string> hot_packages(std::unique_ptr<ByteSource> profile, const std::string& what);

}  // namespace whittle::builder
