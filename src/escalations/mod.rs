//! Questions to the vendor.
