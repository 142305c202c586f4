"""Reading reports from outside as what they are: texts of strangers. Nothing in them is run, opened or believed.

What a report says in words stays beside the log. For the log it can only propose words of a list, such as a severity.
"""

from accord.incidents.intake.mail import LARGEST
from accord.incidents.intake.reading import MOST, read_reports
from accord.incidents.intake.report import Attachment, Report

__all__ = ["LARGEST", "MOST", "Attachment", "Report", "read_reports"]
