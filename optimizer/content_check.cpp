#include "optimizer/content_check.hpp"

#include <fmt/format.h>

#include "common/error.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"
#include "registry/foreign_layers.hpp"
#include "registry/tree.hpp"

namespace whittle::optimizer {

std::string check_content(registry::ImageSource& source, const layers::Document& root, unsigned jobs,
                          const std::stop_token& stop) {
  try {
    auto tree = registry::read_tree(source, root, jobs, stop);
    const auto all = tree.blobs.size();
    std::erase_if(tree.blobs, [](const auto& blob) { return registry::is_nondistributable(blob); });
    parallel_for(tree.blobs.size(), jobs, stop, [&](std::size_t i) {
      CountingSink nowhere;
      pump(*source.open_blob(tree.blobs[i]), nowhere);
    });
    std::uint64_t bytes = 0;
    std::size_t documents = 0;
    for (const auto& blob : tree.blobs) bytes += blob.size;
    for (const auto& level : tree.levels) documents += level.size();
    auto text =
        fmt::format("{} and {}, {}, are what their digests and sizes say", plural(documents, "document"),
                    plural(tree.blobs.size(), "blob"), human_size(bytes));
    if (all > tree.blobs.size())
      text += fmt::format("; {} kept elsewhere and not read", plural(all - tree.blobs.size(), "layer"));
    return text;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    throw Error(ErrorKind::integrity, fmt::format("the image is not complete: {}", error.message()));
  }
}

}  // namespace whittle::optimizer
