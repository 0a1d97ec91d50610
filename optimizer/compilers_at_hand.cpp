#include "optimizer/compilers_at_hand.hpp"

#include <optional>

#include "builder/lock.hpp"
#include "common/error.hpp"

namespace whittle::optimizer {
namespace {

// What a key of the lock stands for: "linux/amd64 static".
std::optional<builder::CompilerWish> wish_of(const std::string& name, const layers::Platform& host) {
  using builder::Cgo;
  const auto blank = name.find(' ');
  if (blank == std::string::npos) return std::nullopt;
  try {
    builder::CompilerWish wish{layers::Platform::parse(name.substr(0, blank)), false, Cgo::any};
    wish.is_hosts = wish.platform.architecture == host.architecture;
    for (const auto libc : {Cgo::any, Cgo::musl, Cgo::glibc}) {
      wish.libc = libc;
      if (wish.name() == name) return wish;
    }
  } catch (const Error&) {
    // A platform that is none: the build will say so.
  }
  return std::nullopt;
}

}  // namespace

void take_compilers_at_hand(RebuildPlan& plan, const layers::Platform& host, builder::CCompilers& compilers) {
  auto lock = builder::parse_lock(plan.lock, "the lock in the provenance");
  for (auto& [name, recorded] : lock.c_compilers) {
    const auto wish = wish_of(name, host);
    const auto found = wish ? compilers.find(*wish, recorded) : std::nullopt;
    if (!found || found->identity == recorded) continue;
    plan.other_compilers.push_back(builder::difference(recorded, found->identity));
    recorded = found->identity;
  }
  if (plan.other_compilers.empty()) return;
  if (plan.lock_at_hand.empty()) plan.lock_at_hand = plan.lock;  // it is what the sources have
  plan.lock = builder::lock_text(lock);
}

}  // namespace whittle::optimizer
