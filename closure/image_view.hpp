// The files of an image as a program in it meets them: symbolic links followed one by one, beneath the root.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "layers/merged_tree.hpp"

namespace whittle::closure {

// Borrows both. Immutable.
class ImageView {
 public:
  using Node = layers::MergedEntry;

  // What `is_gone` says so of, if it is given, counts as not there.
  ImageView(const layers::MergedTree& tree, const std::function<bool(const Node&)>& is_gone)
      : entries_(tree.entries()), is_gone_(is_gone) {}

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

 private:
  bool is_there(const Node& node) const { return !is_gone_ || !is_gone_(node); }

  const layers::PathIndex& entries_;
  const std::function<bool(const Node&)>& is_gone_;
};

}  // namespace whittle::closure
