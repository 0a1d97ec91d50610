// The closure while it grows: what is kept, what has still to be looked at, and what is only perhaps needed.
// The rules (closure_rules.hpp) say what a file asks for; this finds it in the image.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "closure/closure.hpp"
#include "closure/image_view.hpp"

namespace whittle::closure {

// Borrows everything. One thread.
class Needs {
 public:
  using Node = ImageView::Node;

  Needs(const layers::MergedTree& tree, const FactTable& facts, const layers::ImageConfig& config,
        const ClosureOptions& options);

  const ImageView& view() const { return view_; }
  const FactTable& facts() const { return facts_; }
  const layers::ImageConfig& config() const { return config_; }
  // Those of the file that is there, if it can ask for anything.
  const FileFacts* facts_of(const Node& node) const;
  // What the config sets a variable to; "" when it does not.
  std::string_view variable(std::string_view name) const;
  std::string_view working_folder() const { return config_.execution.working_dir; }

  // Keeps what the path leads to, the links on the way and the folders of all of them. Returns what is there.
  const Node* keep(std::string_view path, Why why, std::string_view by, std::string_view from = {});
  // The same, and when that is a folder all that lies below it.
  const Node* keep_all(std::string_view path, Why why, std::string_view by);
  // All paths that match; of folders what lies below. At most 2,000 patterns with wildcards are looked for.
  void keep_matching(std::string_view pattern, Why why, std::string_view by);
  void keep_node(const Node& node, Why why, std::string_view by, bool with_folder = false);

  // Where PATH finds a command, or what its path leads to (execvp(3)); nullptr when there is none.
  ImageView::Way command(std::string_view name) const;
  const Node* keep_command(std::string_view name, Why why, std::string_view by);

  // Of a kept file; nullptr of any other.
  const Reason* reason(const Node& node) const;
  // Whether a folder, or one above it, is kept with all below.
  bool is_whole(std::string_view path) const;
  bool is_kept(std::string_view path) const { return closure_.kept.contains(path); }
  // Comes back to a file that was looked at: more is known about it now.
  void look_again(const Node& node) { work_.push_back(&node); }

  // What may be needed, to be looked at when all that surely is has been found; `what` it would keep, or
  // nothing. Left out when the closure is strict.
  struct Perhaps {
    std::string what;  // path, or name of a command
    Why why;
    std::string_view by;
    bool all = false;  // of a folder
  };
  void perhaps(Perhaps candidate);

  // Escaped by the caller. The same text counts once.
  void warn(std::string text);

  // Visits everything that was kept and not yet visited, in the order in which it was found; then what is
  // perhaps needed.
  using Visit = std::function<void(const Node&)>;
  void settle(const Visit& visit);
  void settle_perhaps(const Visit& visit);

  Closure& result() { return closure_; }

 private:
  void keep_parents(std::string_view path);
  void leave_out(const Perhaps& candidate);
  void warn_of_left_out();

  ImageView view_;
  const FactTable& facts_;
  const layers::ImageConfig& config_;
  const ClosureOptions& options_;
  Closure closure_;
  std::deque<const Node*> work_;
  std::deque<Perhaps> perhaps_;
  std::set<std::pair<std::string, std::string_view>> asked_;  // candidates, each once
  std::set<std::string> warned_;
  std::set<std::string_view> whole_;             // folders that were kept with all below
  std::set<std::string, std::less<>> patterns_;  // that were looked for
  std::set<std::string_view> left_out_;
  std::map<std::pair<std::string_view, Why>, std::vector<std::string_view>> left_out_by_;  // whom, and why
  bool is_weak_ = false;
};

// `name` as it is shown in a reason or a warning: with a slash in front, escaped.
std::string shown_path(std::string_view path);

}  // namespace whittle::closure
