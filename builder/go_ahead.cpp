#include "builder/go_ahead.hpp"

#include "common/error.hpp"

namespace whittle::builder {

GoAhead::GoAhead(const Host& host, Cache& cache, FileStates& states, Origins& origins)
    : host_(host), cache_(cache), states_(states), origins_(origins), stop_too_(origins.stop(), [this] {
        stop_.request_stop();
      }) {}

GoAhead::~GoAhead() {
  stop_.request_stop();
  if (fetching_.joinable()) fetching_.join();
}

void GoAhead::begin(const LockedGo& locked, const std::string& platform) {
  if (is_fetching() || find(locked, platform)) return;
  store_.emplace(origins_.toolchain_store(stop_.get_token()));
  fetching_ = std::thread([this, locked, platform] { fetch(locked, platform); });
}

bool GoAhead::find(const LockedGo& locked, const std::string& platform) {
  if (!go_ && !is_fetching()) go_ = go_at_hand(locked, platform, host_, cache_, states_, origins_);
  return go_.has_value();
}

void GoAhead::fetch(const LockedGo& locked, const std::string& platform) {
  try {
    go_ = fetched_go(locked, platform, *store_);
  } catch (...) {
    failure_ = std::current_exception();
  }
}

GoToolchain GoAhead::get() {
  if (is_fetching()) fetching_.join();
  if (failure_) std::rethrow_exception(failure_);
  if (!go_) throw Error(ErrorKind::internal, "Go was awaited before it was asked for");
  return *go_;
}

}  // namespace whittle::builder
