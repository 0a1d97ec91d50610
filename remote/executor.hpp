// Has actions executed (the API's "ActionCache" and "Execution"): from the cache where their results are
// known, else by a worker, through whatever breaks on the way.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "remote/blob_set.hpp"
#include "remote/calls.hpp"
#include "remote/remote_execution.hpp"
#include "remote/storage.hpp"

namespace whittle::remote {

struct WantedAction {
  BlobId name;                            // write() of it
  std::vector<std::string> inlined = {};  // small outputs that are to come along with a result
  BlobSet blobs = {};                     // the action, its command and all of its inputs
};

// Thread-safe. Borrows everything.
class Executor {
 public:
  // `longest` is how long the end of one action is waited for.
  Executor(RemoteExecution& remote, Storage& storage, Calls& calls, std::chrono::seconds longest)
      : remote_(remote), storage_(storage), calls_(calls), longest_(longest) {}

  // What is kept for it; nothing when nothing is. Error(network), Error(auth).
  std::optional<ActionResult> cached(const WantedAction& action);

  struct Executed {
    ActionResult result;
    std::uint64_t sent = 0;  // bytes
    bool is_cached = false;  // by somebody else, meanwhile
  };
  // Sends what the server lacks and waits for the result. What the server lost meanwhile is sent again, a
  // stream that breaks is taken up again. `anew`: a result that is kept does not count. Error(network),
  // Error(auth), Error(conflict) as Storage::send().
  Executed execute(const WantedAction& action, bool anew);

 private:
  Execution run_to_end(const BlobId& action, bool anew);

  RemoteExecution& remote_;
  Storage& storage_;
  Calls& calls_;
  const std::chrono::seconds longest_;
};

}  // namespace whittle::remote
