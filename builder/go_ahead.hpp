// The Go that compiles, on its way while others still look for what else a build needs: its download takes
// longer than all the rest, which waits for the network or the processor in turns.
#pragma once

#include <exception>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "builder/go_toolchain.hpp"
#include "toolchains/toolchain_store.hpp"

namespace whittle::builder {

// Used by one thread; the one it starts touches a toolchain store of its own, and of what is borrowed only
// what any thread may. Its end stops a fetch that nobody waited for: nothing of that stays, and no error of
// it is told.
class GoAhead {
 public:
  GoAhead(const Host& host, Cache& cache, FileStates& states, Origins& origins);
  ~GoAhead();
  GoAhead(const GoAhead&) = delete;
  GoAhead& operator=(const GoAhead&) = delete;

  // Looks for it on this machine, and begins to fetch it when it is not there. Does nothing when that was
  // begun already.
  void begin(const LockedGo& locked, const std::string& platform);
  // The first half of that alone; whether it is on this machine.
  bool find(const LockedGo& locked, const std::string& platform);
  bool is_fetching() const { return fetching_.joinable(); }
  // What provide_go gives for the same, or throws. After begin().
  GoToolchain get();

 private:
  void fetch(const LockedGo& locked, const std::string& platform);

  const Host& host_;
  Cache& cache_;
  FileStates& states_;
  Origins& origins_;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> stop_too_;  // with the build
  std::optional<toolchains::ToolchainStore> store_;
  std::optional<GoToolchain> go_;
  std::exception_ptr failure_;
  std::thread fetching_;
};

}  // namespace whittle::builder
