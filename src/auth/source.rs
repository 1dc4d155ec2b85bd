//! Where a request comes from, for limits that count by source.

use std::future::{Ready, ready};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use actix_web::dev::Payload;
use actix_web::http::header::HeaderName;
use actix_web::{FromRequest, HttpRequest};

use crate::app::App;
use crate::http::{Problem, Result};

/// The address that a request comes from. Of an IPv6 address the first 64 bits: its holder has all
/// of the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source(pub IpAddr);

impl FromRequest for Source {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let app = App::from_request(request, payload).into_inner();
        ready(app.map(|app| {
            let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
            let forwarded = request.headers().get_all(HeaderName::from_static("x-forwarded-for"));
            let chain: Vec<&str> =
                forwarded.filter_map(|value| value.to_str().ok()).flat_map(|list| list.split(',')).collect();
            Self(network(farthest(peer, &chain, &app.config().trusted_proxies)))
        }))
    }
}

/// The last address that somebody we trust has seen: the peer, or what trusted proxies say of it.
/// Whatever stands before an address that is not a trusted proxy's may be made up.
fn farthest(peer: IpAddr, chain: &[&str], trusted: &[IpAddr]) -> IpAddr {
    let mut address = peer.to_canonical();
    for hop in chain.iter().rev() {
        if !trusted.contains(&address) {
            break;
        }
        match hop.trim().parse::<IpAddr>() {
            Ok(before) => address = before.to_canonical(),
            Err(_) => break,
        }
    }
    address
}

fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_forwarding_header_counts_only_behind_a_trusted_proxy() {
        let trusted = [ip("10.0.0.1"), ip("10.0.0.2")];
        let cases: [(&str, &[&str], &str); 6] = [
            ("192.0.2.9", &["198.51.100.1"], "192.0.2.9"),
            ("10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["203.0.113.5", " 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["203.0.113.5", "198.51.100.1", "10.0.0.2"], "198.51.100.1"),
            ("10.0.0.1", &["203.0.113.5", "nonsense"], "10.0.0.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
        ];
        for (peer, chain, expected) in cases {
            assert_eq!(farthest(ip(peer), chain, &trusted), ip(expected), "{peer} {chain:?}");
        }
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one_source() {
        assert_eq!(network(ip("2001:db8:1:2:3::4")), network(ip("2001:db8:1:2::9")));
        assert_ne!(network(ip("2001:db8:1:2::9")), network(ip("2001:db8:1:3::9")));
        assert_eq!(farthest(ip("::ffff:192.0.2.1"), &[], &[]), ip("192.0.2.1"));
    }
}
