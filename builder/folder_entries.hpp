// Listing an open folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace whittle::builder {

// The names in the folder that `fd` has open, sorted by bytes, without `.` and `..`. `doing` is the context
// of an Error(io).
std::vector<std::string> folder_entries(int fd, std::string_view doing);

}  // namespace whittle::builder
