#include "closure/needs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/glob.hpp"
#include "common/text.hpp"
#include "layers/image_path.hpp"

namespace whittle::closure {
namespace {

constexpr std::string_view usual_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr std::size_t most_candidates = 500'000;
constexpr std::size_t most_patterns = 2'000;
constexpr std::size_t most_listed = 5;  // files in one warning
constexpr std::size_t most_warnings = 200;
constexpr std::uint32_t executable = 0111;

}  // namespace

std::string shown_path(std::string_view path) {
  return fmt::format("/{}", escaped(path));
}

Needs::Needs(const layers::MergedTree& tree, const FactTable& facts, const layers::ImageConfig& config,
             const ClosureOptions& options)
    : view_(tree, options.is_gone), facts_(facts), config_(config), options_(options) {}

const FileFacts* Needs::facts_of(const Node& node) const {
  const auto found = facts_.files.find(node.origin());
  return found == facts_.files.end() ? nullptr : &found->second;
}

std::string_view Needs::variable(std::string_view name) const {
  for (const std::string_view each : config_.execution.env)
    if (each.size() > name.size() && each.starts_with(name) && each[name.size()] == '=')
      return each.substr(name.size() + 1);
  return {};
}

void Needs::keep_parents(std::string_view path) {
  const auto by = path;
  for (auto folder = layers::folder_of(path); !folder.empty(); folder = layers::folder_of(folder)) {
    const auto* node = view_.at(folder);
    if (node == nullptr) continue;
    if (!closure_.kept.emplace(node->path(), Reason{Why::parent, by, is_weak_}).second) return;
  }
}

bool Needs::is_whole(std::string_view path) const {
  for (; !path.empty(); path = layers::folder_of(path))
    if (whole_.contains(path)) return true;
  return false;
}

const Reason* Needs::reason(const Node& node) const {
  const auto found = closure_.kept.find(node.path());
  return found == closure_.kept.end() ? nullptr : &found->second;
}

void Needs::keep_node(const Node& node, Why why, std::string_view by, bool with_folder) {
  if (node.path().empty()) return;  // the root is no file of a layer
  const auto [at, is_new] = closure_.kept.emplace(node.path(), Reason{why, by, is_weak_, with_folder});
  if (!is_new) {
    auto& reason = at->second;
    const bool is_named_now = reason.with_folder && !with_folder && !is_weak_;
    if (is_named_now) work_.push_back(&node);
    if (is_named_now || (reason.why == Why::parent && why != Why::parent))
      reason = {why, by, reason.is_weak && is_weak_, with_folder};
    return;
  }
  keep_parents(node.path());
  work_.push_back(&node);
}

const Needs::Node* Needs::keep(std::string_view path, Why why, std::string_view by, std::string_view from) {
  const auto way = view_.follow(path, from);
  if (way.end == nullptr || way.end->path().empty()) return nullptr;
  // The link that was asked for has the reason, those behind it lead there.
  for (std::size_t i = 0; i < way.links.size(); ++i) keep_node(*way.links[i], Why::link, by);
  keep_node(*way.end, why, by);
  return way.end;
}

const Needs::Node* Needs::keep_all(std::string_view path, Why why, std::string_view by) {
  const auto* node = keep(path, why, by);
  if (node == nullptr || !node->is_directory() || is_whole(node->path())) return node;
  whole_.insert(node->path());
  view_.below(node->path(), [&](const Node& each) { keep_node(each, why, by, true); });
  return node;
}

void Needs::keep_matching(std::string_view pattern, Why why, std::string_view by) {
  while (pattern.starts_with('/')) pattern.remove_prefix(1);
  const auto star = pattern.find_first_of("*?[\\");
  if (star == std::string_view::npos) {
    keep_all(pattern, why, by);
    return;
  }
  if (patterns_.size() >= most_patterns || !patterns_.emplace(pattern).second) return;
  const auto compiled = GlobPattern::parse(pattern);
  if (!compiled) return;
  std::vector<std::string_view> found;
  view_.below(layers::folder_of(pattern.substr(0, star)), [&](const Node& node) {
    if (compiled->matches(node.path())) found.push_back(node.path());
  });
  for (const auto path : found) keep_all(path, why, by);
}

ImageView::Way Needs::command(std::string_view name) const {
  const auto is_program = [](const ImageView::Way& way) {
    return way.end != nullptr && !way.end->is_directory() && (way.end->mode() & executable) != 0;
  };
  if (name.empty()) return {};
  if (name.find('/') != std::string_view::npos) {
    auto way = view_.follow(name, working_folder());
    return way.end != nullptr && !way.end->is_directory() ? way : ImageView::Way{};
  }
  auto folders = variable("PATH");
  if (folders.empty()) folders = usual_path;
  while (!folders.empty()) {
    const auto end = std::min(folders.find(':'), folders.size());
    const auto folder = folders.substr(0, end);
    folders.remove_prefix(std::min(end + 1, folders.size()));
    auto way = view_.follow(fmt::format("{}/{}", folder.empty() ? "." : folder, name), working_folder());
    if (is_program(way)) return way;
  }
  return {};
}

const Needs::Node* Needs::keep_command(std::string_view name, Why why, std::string_view by) {
  const auto way = command(name);
  if (way.end == nullptr) return nullptr;
  for (const auto* link : way.links) keep_node(*link, Why::link, by);
  keep_node(*way.end, why, by);
  return way.end;
}

void Needs::perhaps(Perhaps candidate) {
  if (asked_.size() < most_candidates && asked_.emplace(candidate.what, candidate.by).second)
    perhaps_.push_back(std::move(candidate));
}

void Needs::warn(std::string text) {
  if (warned_.size() < most_warnings && warned_.insert(text).second)
    closure_.warnings.push_back(std::move(text));
}

void Needs::settle(const Visit& visit) {
  while (!work_.empty()) {
    const auto* node = work_.front();
    work_.pop_front();
    visit(*node);
  }
}

void Needs::leave_out(const Perhaps& candidate) {
  const auto way =
      candidate.what.find('/') == std::string::npos ? command(candidate.what) : view_.follow(candidate.what);
  if (way.end == nullptr || is_kept(way.end->path()) || !left_out_.insert(way.end->path()).second) return;
  left_out_by_[{candidate.by, candidate.why}].push_back(way.end->path());
}

// A line for each program, not for each file.
void Needs::warn_of_left_out() {
  for (const auto& [asking, paths] : left_out_by_) {
    std::string list;
    for (std::size_t i = 0; i < paths.size() && i < most_listed; ++i)
      list += fmt::format("{}{}", i == 0 ? "" : ", ", shown_path(paths[i]));
    if (paths.size() > most_listed) list += fmt::format(" and {} more", paths.size() - most_listed);
    warn(fmt::format("left out, though perhaps needed ({}): {}", text_of({asking.second, asking.first}),
                     list));
  }
}

void Needs::settle_perhaps(const Visit& visit) {
  is_weak_ = true;
  while (!perhaps_.empty()) {
    const auto candidate = std::move(perhaps_.front());
    perhaps_.pop_front();
    if (options_.strict) {
      leave_out(candidate);
      continue;
    }
    if (candidate.what.find('/') == std::string::npos)
      keep_command(candidate.what, candidate.why, candidate.by);
    else if (candidate.all)
      keep_all(candidate.what, candidate.why, candidate.by);
    else
      keep(candidate.what, candidate.why, candidate.by);
    settle(visit);
  }
  is_weak_ = false;
  warn_of_left_out();
}

}  // namespace whittle::closure
