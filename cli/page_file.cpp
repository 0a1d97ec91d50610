#include "cli/page_file.hpp"

#include <fmt/format.h>

#include "common/bytes.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"

namespace whittle::cli {

void write_page(const std::string& page, const std::filesystem::path& path) {
  in_context([&] { return fmt::format("writing {}", shown(path.native())); },
             [&] {
               AtomicFile file(path.has_parent_path() ? path.parent_path() : std::filesystem::path("."));
               file.write(as_bytes(page));
               file.commit_to(path, AtomicFile::Durability::synced);
             });
}

}  // namespace whittle::cli
