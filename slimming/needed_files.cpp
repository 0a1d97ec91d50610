#include "slimming/needed_files.hpp"

#include <utility>

#include "closure/closure.hpp"
#include "closure/fact_reader.hpp"
#include "common/parallel.hpp"
#include "slimming/origin_set.hpp"

namespace whittle::slimming {
namespace {

using Entry = layers::MergedTree::Map::value_type;

closure::FactTable read_facts(const SourceImage& image, const Selection& selection,
                              const std::stop_token& stop) {
  closure::FactReader reader;
  OriginSet met;
  for (const auto& [path, merged] : image.tree.entries()) {
    throw_if_stopped(stop);
    const auto& file = merged.entry;
    if ((!file.is_file() && file.type != '1') || !selection.keeps(path) || !met.insert(merged.origin))
      continue;
    reader.read(merged.origin, path, image.content(file));
  }
  return reader.take_facts();
}

}  // namespace

std::vector<std::string> drop_unneeded(const SourceImage& image, bool strict, Selection& selection,
                                       const std::stop_token& stop) {
  const auto facts = read_facts(image, selection, stop);
  const closure::ClosureOptions wanted{
      strict, [&selection](const Entry& entry) { return selection.is_pinned(entry.first); },
      [&selection](const Entry& entry) { return !selection.keeps(entry.first); }};
  auto needed = closure::closure(image.tree, facts, image.config, wanted);
  for (const auto& entry : image.tree.entries()) {
    const auto& path = entry.first;
    if (path.empty() || !selection.keeps(path)) continue;
    const auto found = needed.kept.find(path);
    if (found == needed.kept.end())
      selection.set(entry, {Decision::Action::drop, "closure", "nothing that the image starts asks for it"});
    else
      selection.set(entry, {Decision::Action::keep, "closure", closure::text_of(found->second)});
  }
  return std::move(needed.warnings);
}

}  // namespace whittle::slimming
