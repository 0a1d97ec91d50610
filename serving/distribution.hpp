// The distribution specification over a store, for those who pull: what each request is answered with.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/report.hpp"
#include "serving/answer.hpp"
#include "serving/request.hpp"
#include "serving/served_store.hpp"

namespace whittle::serving {

// Thread-safe; borrows both. Content Discovery and Pull of distribution-spec 1.1, and the catalogue that
// Docker's registry has; everything that writes is refused with 405.
class Distribution {
 public:
  Distribution(ServedStore& store, Reporter& reporter) : store_(store), reporter_(reporter) {}

  // Never throws an Error: what goes wrong inside is told here and answered with 500.
  Answer answer(const Request& request) noexcept;

 private:
  Answer route(const Request& request);
  Answer manifest(const Request& request, const Listing::Tags& tags, const std::string& reference);
  Answer blob(const Request& request, const std::string& digest);
  Answer catalogue(const Request& request);
  Answer referrers(const Request& request, const std::string& digest);

  ServedStore& store_;
  Reporter& reporter_;
};

}  // namespace whittle::serving
