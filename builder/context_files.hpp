// Collects what a spec's `files:` name, from the context folder into a file tree. Nothing outside the folder
// is ever opened, links are carried and not followed, ignore files are honoured.
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <vector>

#include "builder/spec.hpp"
#include "common/digest.hpp"
#include "common/report.hpp"
#include "layers/file_tree.hpp"

namespace whittle::builder {

// The digest of an open regular file: `fd` is read by position. A cache of file states may answer without
// reading.
using DigestFile = std::function<Digest(int fd, const std::filesystem::path& path)>;

// Adds each file below `from` to `tree`. Rules: `from` a file → one file at `to` (or inside it when `to` ends
// in
// "/"); `from` a folder → its content below `to`. Symbolic links inside stay verbatim when their target stays
// inside the context; one that leaves it, dangles outside or loops is Error(policy) naming link and target
// (hostile 44).
// `.dockerignore` and `.whittleignore` of the context apply (Docker's semantics; the later file's rules come
// after). What looks like a secret is named with path and rule: a warning, or Error(policy) when secrets are
// denied (hostile 43). Missing source: Error(spec) at the position. FIFO, socket, device, unreadable:
// Error(io). Case-insensitive twins warn. Everything is opened relative to the context's descriptor with
// openat2(RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS).
void add_context_files(const std::filesystem::path& context, const std::vector<FileSpec>& files,
                       Secrets secrets, const DigestFile& digest_of, layers::FileTree& tree,
                       Reporter& reporter, const std::stop_token& stop);

}  // namespace whittle::builder
