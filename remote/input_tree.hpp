// The files that an action finds when it starts, as a tree of messages that name each other by digest (the
// API's "Directory"): equal files make an equal tree, whatever machine they lie on.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "remote/blob_set.hpp"
#include "remote/remote_execution.hpp"

namespace whittle::remote {

class InputTree {
 public:
  struct File {
    BlobId blob;
    bool is_executable = false;
  };

  // `path` is relative, with slashes, without `.`, `..` and empty elements. The same file may be added again.
  // Error(internal) for any other path, for one that is a file and a folder, or that has two contents.
  void add(std::string_view path, File file);

  // Adds the folders' messages to `blobs` and returns the name of the root. The files' bytes are the
  // caller's.
  BlobId finish(BlobSet& blobs) const;

 private:
  std::map<std::string, File, std::less<>> files_;
};

}  // namespace whittle::remote
