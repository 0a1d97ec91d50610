// The digest of a file as it is now.
#pragma once

#include <filesystem>

#include "common/digest.hpp"

namespace whittle {

// SHA-256. Reads in a stream. Error(io) naming the file; for a folder, a socket or the like as well.
Digest digest_of_file(const std::filesystem::path& path);

}  // namespace whittle
