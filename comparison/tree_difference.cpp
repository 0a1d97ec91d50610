#include "comparison/tree_difference.hpp"

#include <fmt/format.h>

#include "common/error.hpp"
#include "comparison/content_difference.hpp"
#include "comparison/entry_difference.hpp"

namespace whittle::comparison {
namespace {

std::string layer_text(std::size_t layer) {
  return fmt::format("layer {}", layer + 1);
}

std::string shown_path(const std::string& path) {
  return path.empty() ? "/" : path;
}

bool is_whiteout(const std::string& path) {
  const auto slash = path.rfind('/');
  return path.compare(slash == std::string::npos ? 0 : slash + 1, 4, ".wh.") == 0;
}

bool same(const layers::MergedTree& tree_a, const layers::MergedEntry& a, const layers::MergedTree& tree_b,
          const layers::MergedEntry& b) {
  const auto* content_a = tree_a.content(a);
  const auto* content_b = tree_b.content(b);
  const bool is_equal =
      content_a == nullptr || content_b == nullptr ? content_a == content_b : *content_a == *content_b;
  return is_equal && same_fields(a.header(), b.header());
}

// About what an entry takes in a merged tree, with its name, its place in the index and the digest.
std::uint64_t memory_of(const layers::TarEntry& entry) {
  std::uint64_t bytes = sizeof(layers::MergedEntry) + 256 + entry.path.size() + entry.target.size();
  for (const auto* fields : {&entry.xattrs, &entry.records})
    for (const auto& [key, value] : *fields) bytes += 128 + key.size() + value.size();
  return bytes;
}

std::string described(const LeftOver& left) {
  if (left.entry.is_file()) return fmt::format("file of {} bytes", left.entry.size);
  return std::string(name_of_type(left.entry));
}

}  // namespace

void TreeDifference::see(Side side, std::size_t layer, const layers::TarEntry& entry,
                         const std::optional<Digest>& content) {
  if (!is_merged_) return;
  memory_ += memory_of(entry);
  if (memory_ > most_memory) return give_up_trees();
  auto& tree = side == Side::a ? tree_a_ : tree_b_;
  try {
    tree.add(layer, entry, content);
  } catch (const Error& error) {
    // What it refers to may lie in a layer that was not read because both images have it.
    if (error.kind() != ErrorKind::integrity || !skipped_) throw;
  }
}

void TreeDifference::give_up_trees() {
  is_merged_ = false;
  given_up_ = true;
  tree_a_ = {};
  tree_b_ = {};
}

// The one of the highest layer is what is seen.
void TreeDifference::leave_over(Side side, const LeftOver& entry) {
  (side == Side::a ? only_a_ : only_b_).put(entry, side == Side::a ? "the first image" : "the second image");
}

void TreeDifference::compare_moved(const LeftOver& a, const LeftOver& b, LayerWork& work, const Where& where,
                                   Findings& findings) const {
  if (a.layer != b.layer) findings.add({where, "moved", layer_text(a.layer), layer_text(b.layer)});
  compare_entries(a.entry, b.entry, where, findings, false);
  if (!a.entry.is_file() || !b.entry.is_file() || a.digest == b.digest) return;
  if (work.contents)
    ContentComparison(work.scratch_a, work.scratch_b, findings)
        .compare(KeptAccess({a.content}), KeptAccess({b.content}), where);
  else
    findings.add(
        {where, "content", fmt::format("{} bytes", a.content.size), fmt::format("{} bytes", b.content.size)});
}

void TreeDifference::add_single(const LeftOver& entry, Side side, const Where& where,
                                Findings& findings) const {
  const bool in_a = side == Side::a;
  const auto add = [&](const char* aspect, std::string value, std::string note) {
    findings.add({where, aspect, in_a ? std::optional(value) : std::nullopt,
                  in_a ? std::nullopt : std::optional(value), std::move(note)});
  };
  const auto note = fmt::format("in {}", layer_text(entry.layer));
  if (is_whiteout(entry.entry.path)) return add("whiteout", "hidden from the layers below", note);
  if (is_merged_) {
    const auto& own = in_a ? tree_a_ : tree_b_;
    const auto& other = in_a ? tree_b_ : tree_a_;
    const auto* mine = own.entries().find(entry.entry.path);
    const auto* theirs = other.entries().find(entry.entry.path);
    if (mine == nullptr) return add("entry", described(entry), note + ", removed by a later one");
    if (theirs != nullptr && same(own, *mine, other, *theirs)) {
      const auto from = layer_text(mine->layer());
      const auto to = layer_text(theirs->layer());
      findings.add({where, "moved", in_a ? from : to, in_a ? to : from});
      return;
    }
  }
  add("entry", described(entry), note);
}

// Whatever differs between the layers: do containers see a difference?
void TreeDifference::compare_trees(const Where& where, Findings& findings) const {
  const auto& a = tree_a_.entries();
  const auto& b = tree_b_.entries();
  if (a.size() != b.size()) return;
  for (auto left = a.begin(), right = b.begin(); left != a.end(); ++left, ++right)
    if (left->path() != right->path() || !same(tree_a_, *left, tree_b_, *right)) return;
  findings.add({where, "tree", std::nullopt, std::nullopt,
                "the merged trees are equal: the same files, divided into layers in another way"});
}

void TreeDifference::finish(LayerWork& work, const Where& where, Findings& findings) {
  const auto at = [&where](const std::string& path) { return below(where, shown_path(path)); };
  const bool differ = !only_a_.empty() || !only_b_.empty();
  only_a_.drain([&](const LeftOver& entry) {
    if (const auto other = only_b_.take(entry.entry.path))
      compare_moved(entry, *other, work, at(entry.entry.path), findings);
    else
      add_single(entry, Side::a, at(entry.entry.path), findings);
  });
  only_b_.drain([&](const LeftOver& entry) { add_single(entry, Side::b, at(entry.entry.path), findings); });
  if (is_merged_ && differ) compare_trees(where, findings);
  if (given_up_ && differ)
    findings.add(
        {where, "tree-not-compared", std::nullopt, std::nullopt,
         fmt::format("the merged trees were not compared: they take more than {} MiB", most_memory >> 20U)});
}

}  // namespace whittle::comparison
