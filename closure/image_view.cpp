#include "closure/image_view.hpp"
#include "layers/image_path.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace whittle::closure {
namespace {

// Puts the components of `path` on the pile of those still to go, the first on top.
void push(std::vector<std::string>& rest, std::string_view path) {
  const auto begin = static_cast<std::ptrdiff_t>(rest.size());
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    if (end > 0 && path.substr(0, end) != ".") rest.emplace_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  std::reverse(rest.begin() + begin, rest.end());
}

}  // namespace

ImageView::Way ImageView::follow(std::string_view path, std::string_view from) const {
  Way way;
  std::vector<std::string> rest;
  push(rest, path);
  if (!path.starts_with('/')) push(rest, from);
  while (!rest.empty()) {
    const auto component = std::move(rest.back());
    rest.pop_back();
    if (component == "..") {
      way.path.resize(layers::folder_of(way.path).size());
      continue;
    }
    const auto length = way.path.size();
    if (!way.path.empty()) way.path += '/';
    way.path += component;
    const auto* node = at(way.path);
    if (node == nullptr || !node->is_symbolic_link()) continue;
    way.links.push_back(node);
    if (way.links.size() > layers::MergedTree::links_limit) return way;
    const std::string_view target = node->target();
    way.path.resize(target.starts_with('/') ? 0 : length);
    push(rest, target);
  }
  way.end = at(way.path);
  return way;
}

const ImageView::Node* ImageView::at(std::string_view path) const {
  const auto* found = entries_.find(path);
  return found == nullptr || !is_there(*found) ? nullptr : found;
}

bool ImageView::any_below(std::string_view folder, const std::function<bool(const Node&)>& is_so) const {
  const auto prefix = folder.empty() ? std::string() : fmt::format("{}/", folder);
  for (auto at = entries_.lower_bound(prefix); at != entries_.end() && at->path().starts_with(prefix); ++at)
    if (!at->path().empty() && is_there(*at) && is_so(*at)) return true;
  return false;
}

void ImageView::below(std::string_view folder, const std::function<void(const Node&)>& visit) const {
  any_below(folder, [&visit](const Node& node) {
    visit(node);
    return false;
  });
}

void ImageView::in(std::string_view folder, const std::function<void(const Node&)>& visit) const {
  const auto prefix = folder.empty() ? std::string() : fmt::format("{}/", folder);
  for (auto at = entries_.lower_bound(prefix); at != entries_.end() && at->path().starts_with(prefix);) {
    const auto slash = at->path().find('/', prefix.size());
    if (slash == std::string_view::npos) {
      if (!at->path().empty() && is_there(*at)) visit(*at);
      ++at;
    } else {  // over all that lies deeper: '0' comes right behind '/'
      at = entries_.lower_bound(fmt::format("{}0", at->path().substr(0, slash)));
    }
  }
}

bool ImageView::is_empty_folder(const Node& node) const {
  return node.is_directory() && !any_below(node.path(), [](const Node&) { return true; });
}

}  // namespace whittle::closure
