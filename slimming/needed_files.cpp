#include "slimming/needed_files.hpp"

#include <utility>

#include "closure/closure.hpp"
#include "closure/fact_reader.hpp"
#include "common/parallel.hpp"
#include "slimming/origin_set.hpp"

namespace whittle::slimming {
namespace {

using Entry = layers::MergedEntry;

closure::FactTable read_facts(const SourceImage& image, const Selection& selection,
                              const std::stop_token& stop) {
  closure::FactReader reader;
  OriginSet met;
  for (const auto& file : image.tree.entries()) {
    throw_if_stopped(stop);
    if (!file.is_file() || !selection.keeps(file) || !met.insert(file.origin())) continue;
    reader.read(file.origin(), file.path(), image.content(file));
  }
  return reader.take_facts();
}

}  // namespace

std::vector<std::string> drop_unneeded(const SourceImage& image, bool strict, Selection& selection,
                                       const std::stop_token& stop) {
  const auto facts = read_facts(image, selection, stop);
  const closure::ClosureOptions wanted{
      strict, [&selection](const Entry& entry) { return selection.is_pinned(entry); },
      [&selection](const Entry& entry) { return !selection.keeps(entry); }};
  auto needed = closure::closure(image.tree, facts, image.config, wanted);
  for (const auto& entry : image.tree.entries()) {
    if (entry.path().empty() || !selection.keeps(entry)) continue;
    const auto found = needed.kept.find(entry.path());
    if (found == needed.kept.end())
      selection.set(entry, {Decision::Action::drop, "closure", "nothing that the image starts asks for it"});
    else
      selection.set(entry, {Decision::Action::keep, "closure", closure::text_of(found->second)});
  }
  return std::move(needed.warnings);
}

}  // namespace whittle::slimming
