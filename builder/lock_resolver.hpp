// Finds out what a lock is to say: the only place where a name becomes a digest.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "builder/lock.hpp"
#include "builder/origins.hpp"
#include "builder/requirements.hpp"

namespace whittle::builder {

// What is looked up again though the lock has it.
struct Renewal {
  bool go = false;
  bool packages = false;
  bool c_compilers = false;
  bool all_images = false;
  std::set<std::string> images = {};  // bases, by place as the spec writes them
};

// Told as soon as the lock's Go is settled, while the rest is still looked up.
using GoSettled = std::function<void(const LockedGo&)>;

// `lock` with all that is required and not there yet, or to be renewed; the rest stays as it is. Throws what
// the look-up throws, naming what it was for; then nothing has changed.
Lock resolve_lock(Lock lock, const Requirements& requirements, const Renewal& renewal, Origins& origins,
                  const GoSettled& go_settled = {});

// `lock` without what nothing asks for.
Lock without_superfluous(Lock lock, const Requirements& requirements);

}  // namespace whittle::builder
