//! Small pages: everything that goes into one is escaped.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};

/// A page in the making.
#[derive(Debug)]
pub struct Html(String);

impl Html {
    /// Begins a page with its title.
    pub fn titled(title: &str) -> Self {
        let mut page = Self(String::from(
            "<!DOCTYPE html>\n<html lang=\"ja\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
        ));
        page.text(title);
        page.0.push_str(
            "</title>\n<style>body{max-width:42rem;margin:2rem auto;padding:0 1rem;font-family:sans-serif;\
             line-height:1.7}code{background:#eee;padding:.1em .3em}</style>\n</head>\n<body>\n",
        );
        page.element("h1", title)
    }

    /// Adds an element that holds a text.
    pub fn element(mut self, name: &'static str, text: &str) -> Self {
        self.open(name, None);
        self.text(text);
        self.close(name)
    }

    /// Adds an element that holds a text in a language of its own.
    pub fn spoken(mut self, name: &'static str, language: &'static str, text: &str) -> Self {
        self.open(name, Some(language));
        self.text(text);
        self.close(name)
    }

    /// Adds a paragraph that is a link to a place of this server.
    pub fn link(mut self, path: &str, text: &str) -> Self {
        self.0.push_str("<p><a href=\"");
        self.text(path);
        self.0.push_str("\">");
        self.text(text);
        self.0.push_str("</a></p>\n");
        self
    }

    /// Adds a button that posts to a place of this server.
    pub fn button(mut self, path: &str, text: &str) -> Self {
        self.0.push_str("<form method=\"post\" action=\"");
        self.text(path);
        self.0.push_str("\"><button type=\"submit\">");
        self.text(text);
        self.0.push_str("</button></form>\n");
        self
    }

    /// The page as an answer that caches may keep for an hour.
    pub fn response(self) -> HttpResponse {
        self.kept("public, max-age=3600")
    }

    /// The page as an answer that is one reader's own: no cache keeps it.
    pub fn private_response(self) -> HttpResponse {
        self.kept("no-store")
    }

    fn kept(mut self, cache: &'static str) -> HttpResponse {
        self.0.push_str("</body>\n</html>\n");
        HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
            .insert_header((CACHE_CONTROL, cache))
            .body(self.0)
    }

    fn open(&mut self, name: &str, language: Option<&str>) {
        self.0.push('<');
        self.0.push_str(name);
        if let Some(language) = language {
            self.0.push_str(" lang=\"");
            self.text(language);
            self.0.push('"');
        }
        self.0.push('>');
    }

    fn close(mut self, name: &str) -> Self {
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push_str(">\n");
        self
    }

    fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                _ => self.0.push(c),
            }
        }
    }
}
