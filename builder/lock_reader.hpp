// Typed values out of the JSON of a lock; whatever is wrong is Error(spec) naming the entry.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/digest.hpp"
#include "common/json.hpp"

namespace whittle::builder {

// A value in the document and the way to it. Borrows the document.
class LockValue {
 public:
  LockValue(const Json& json, std::string path) : json_(&json), path_(std::move(path)) {}

  const std::string& path() const { return path_; }  // "whittle.lock: packages: tzdata_…"
  std::string text() const;                          // not empty
  std::uint64_t number() const;                      // a whole one
  Digest digest() const;
  std::vector<LockValue> items() const;
  std::vector<std::pair<std::string, LockValue>> members() const;
  LockValue at(std::string_view key) const;
  std::optional<LockValue> find(std::string_view key) const;
  // The members of an object that may be absent.
  std::vector<std::pair<std::string, LockValue>> members_of(std::string_view key) const;
  void check_keys(std::initializer_list<std::string_view> known) const;
  [[noreturn]] void refuse(std::string_view why) const;

 private:
  const Json& object() const;
  LockValue child(const Json& json, std::string_view key) const;

  const Json* json_;
  std::string path_;
};

}  // namespace whittle::builder
