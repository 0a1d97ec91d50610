// Copies of the sources of a project, for builds in another folder.
#pragma once

#include <filesystem>
#include <stop_token>

namespace whittle::optimizer {

struct CopyManner {
  bool reverse_order = false;  // the last file by name is created first
  bool other_times = false;    // every file is of the year 2001; else as it was
};

// Copies files, folders and links of `from` into `to`, which is made; what is called `.git` stays out, as do
// sockets, pipes and devices. Links are copied, not followed. If `from` lies in a git checkout, `to` becomes
// part of one with the same HEAD: its top is returned, `from` is at the same place below `to` as below its
// own top. Error(io). Returns where the copy of `from` is.
std::filesystem::path copy_sources(const std::filesystem::path& from, const std::filesystem::path& to,
                                   const CopyManner& manner, const std::stop_token& stop);

}  // namespace whittle::optimizer
