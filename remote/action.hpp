// An action: a command, the files it finds, the files it leaves (the API's "Action" and "Command").
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "remote/blob_set.hpp"
#include "remote/remote_execution.hpp"

namespace whittle::remote {

struct Action {
  std::vector<std::string> arguments;  // the first is a path in the tree of inputs
  std::vector<std::string> outputs;    // paths of files, sorted
  std::map<std::string, std::string> environment = {};
  std::map<std::string, std::string> properties = {};  // which workers can do it ("Platform")
  BlobId inputs = {};                                  // InputTree::finish()
  std::chrono::seconds time{0};                        // 0: as long as the server lets it
};

// Adds its messages to `blobs` and returns its name, which is what its result is kept under.
BlobId write(const Action& action, BlobSet& blobs);

}  // namespace whittle::remote
