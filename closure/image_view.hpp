// The files of an image as a program in it meets them: symbolic links followed one by one, beneath the root.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "layers/merged_tree.hpp"

namespace whittle::closure {

// Borrows the tree. Immutable.
class ImageView {
 public:
  using Node = layers::MergedTree::Map::value_type;  // path and entry

  explicit ImageView(const layers::MergedTree& tree) : entries_(tree.entries()) {}

  struct Way {
    std::vector<const Node*> links = {};  // symbolic links that were followed, in this order
    const Node* end = nullptr;            // nothing when there is nothing, or links run in a circle
    std::string path = {};                // of the end, whether or not anything is there
  };
  // `path` is absolute, or relative to the folder `from`. Never leads above the root.
  Way follow(std::string_view path, std::string_view from = {}) const;

  // The entry of exactly that path; nullptr when there is none.
  const Node* at(std::string_view path) const;
  // Calls `visit` for each entry below a folder, in order.
  void below(std::string_view folder, const std::function<void(const Node&)>& visit) const;
  // Whether one of them is so; none behind that is asked.
  bool any_below(std::string_view folder, const std::function<bool(const Node&)>& is_so) const;
  // The same as below() for those that lie in the folder itself.
  void in(std::string_view folder, const std::function<void(const Node&)>& visit) const;
  bool is_empty_folder(const Node& node) const;

  const layers::MergedTree::Map& entries() const { return entries_; }

 private:
  const layers::MergedTree::Map& entries_;
};

// Without the last component; "" for what lies in the root.
std::string_view folder_of(std::string_view path);

}  // namespace whittle::closure
